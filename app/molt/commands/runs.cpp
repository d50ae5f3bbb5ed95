// molt runs: list, look at and control the runs of the database.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <limits>

#include "app/molt/launch.h"
#include "app/molt/options.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/store/experiment_store.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    RunId id = 0;
    std::string key, text;
    bool csv = false, discard = false, detach = false, files = false;
};

RunRow row_of(const ExperimentStore& store, RunId id) {
    const auto row = store.run(id);
    if (!row) fail(ErrorCode::NotFound, join("There is no run ", id, "."), "molt runs lists them.");
    return *row;
}

/// Newest progress, failure and model of a run, from its events.
struct Summary {
    Progress progress;
    json error;
    std::string model;
};

Summary summarize(const ExperimentStore& store, RunId id) {
    constexpr int kBatch = 2000;
    Summary summary;
    std::int64_t seq = 0;
    for (auto events = store.events_after(id, seq, kBatch); !events.empty();
         events = store.events_after(id, seq, kBatch)) {
        for (const RunEvent& event : events) {
            if (const auto* progress = std::get_if<Progress>(&event.body)) summary.progress = *progress;
            if (const auto* finished = std::get_if<RunFinished>(&event.body)) summary.model = finished->model_path;
            if (const auto* failed = std::get_if<RunFailed>(&event.body))
                summary.error = {{"code", failed->code}, {"message", failed->message}, {"hint", failed->hint}};
            if (const auto* changed = std::get_if<StateChanged>(&event.body);
                changed != nullptr && changed->state == "starting")
                summary.error = nullptr;
        }
        seq = events.back().seq;
    }
    return summary;
}

json best_values(const ExperimentStore& store, RunId id) {
    json best = json::object();
    for (const std::string key : {"loss", "eval/loss", "eval/kl", "eval/perplexity"}) {
        double smallest = std::numeric_limits<double>::infinity();
        for (const SeriesPoint& point : store.series(id, key)) smallest = std::min(smallest, point.value);
        if (std::isfinite(smallest)) best[key] = smallest;
    }
    return best;
}

json show_json(const ExperimentStore& store, RunId id) {
    const RunRow row = row_of(store, id);
    const Summary summary = summarize(store, id);
    json checkpoints = json::array();
    for (const CheckpointRow& point : store.checkpoints(id))
        checkpoints.push_back({{"step", point.step}, {"path", point.path}, {"bytes", point.bytes}});
    json out = {{"id", id},
                {"name", row.name},
                {"state", shown_state(row)},
                {"stage", row.stage},
                {"step", summary.progress.step},
                {"steps", summary.progress.steps},
                {"tokens", summary.progress.tokens},
                {"attempt", row.attempt},
                {"pid", row.pid},
                {"created", row.created},
                {"started", row.started},
                {"finished", row.finished},
                {"note", row.note},
                {"config", parse_json(row.config, "config")},
                {"checkpoints", std::move(checkpoints)},
                {"best", best_values(store, id)},
                {"model", summary.model},
                {"folder", store.run_folder(id).string()}};
    if (!summary.error.is_null()) out["error"] = summary.error;
    return out;
}

int list(Options& options) {
    const ExperimentStore store(database_path(options.common));
    if (options.common.json) {
        json rows = json::array();
        for (const RunRow& row : store.runs())
            rows.push_back({{"id", row.id},
                            {"name", row.name},
                            {"state", shown_state(row)},
                            {"stage", row.stage},
                            {"created", row.created},
                            {"started", row.started},
                            {"finished", row.finished}});
        print_json(rows);
        return 0;
    }
    std::cout << std::left << std::setw(6) << "id" << std::setw(13) << "state" << std::setw(10) << "stage"
              << std::setw(10) << "took"
              << "name\n";
    for (const RunRow& row : store.runs()) {
        const double end = row.finished > 0 ? row.finished : row.heartbeat;
        const std::string took = row.started > 0 && end > row.started ? format_duration(end - row.started) : "-";
        std::cout << std::setw(6) << row.id << std::setw(13) << shown_state(row) << std::setw(10)
                  << (row.stage.empty() ? "-" : row.stage) << std::setw(10) << took << row.name << "\n";
    }
    return 0;
}

int show(Options& options) {
    const ExperimentStore store(database_path(options.common));
    const json document = show_json(store, options.id);
    if (options.common.json) {
        print_json(document);
        return 0;
    }
    for (const char* key : {"name", "state", "stage", "step", "steps", "tokens", "model", "folder", "best", "error"}) {
        if (!document.contains(key)) continue;
        const json& value = document.at(key);
        std::cout << std::left << std::setw(8) << key << (value.is_string() ? value.get<std::string>() : value.dump())
                  << "\n";
    }
    for (const json& point : document.at("checkpoints"))
        std::cout << "checkpoint at step " << point.at("step") << ": " << point.at("path").get<std::string>() << "\n";
    return 0;
}

json series_json(const ExperimentStore& store, RunId id, const std::string& key) {
    json points = json::array();
    for (const SeriesPoint& point : store.series(id, key)) points.push_back({point.step, point.value});
    return {{"key", key}, {"unit", series_unit(key)}, {"points", std::move(points)}};
}

int series(Options& options) {
    const ExperimentStore store(database_path(options.common));
    row_of(store, options.id);
    std::vector<std::string> keys;
    for (const SeriesKey& known : store.series_keys(options.id)) keys.push_back(known.key);
    if (!options.key.empty()) {
        if (std::find(keys.begin(), keys.end(), options.key) == keys.end())
            fail(ErrorCode::NotFound, join("Run ", options.id, " has no series \"", options.key, "\"."),
                 join("It has: ", join_list(keys, ", "), "."));
        keys = {options.key};
    }
    if (options.csv) {
        std::cout << "key,step,value\n" << std::setprecision(17);
        for (const std::string& key : keys)
            for (const SeriesPoint& point : store.series(options.id, key))
                std::cout << key << "," << point.step << "," << point.value << "\n";
        return 0;
    }
    if (!options.key.empty()) {
        print_json(series_json(store, options.id, options.key));
        return 0;
    }
    json all = json::array();
    for (const std::string& key : keys) all.push_back(series_json(store, options.id, key));
    print_json(all);
    return 0;
}

/// A wish that only a living worker can carry out.
int request(Options& options, const std::string& wanted) {
    ExperimentStore store(database_path(options.common));
    const RunRow row = row_of(store, options.id);
    const std::string state = shown_state(row);
    if (!is_alive(row) && state != "queued")
        fail(ErrorCode::Usage, join("Run ", options.id, " is ", state, "; nobody works on it."),
             join("molt runs resume ", options.id, " goes on with it."));
    store.request(options.id, wanted);
    if (options.common.json) print_json({{"id", options.id}, {"requested", wanted}});
    return 0;
}

int resume(const Program& program, Options& options) {
    const std::filesystem::path database = database_path(options.common);
    {
        ExperimentStore store(database);
        const std::string state = shown_state(row_of(store, options.id));
        if (state != "queued" && !store.requeue(options.id))
            fail(state == "completed" ? ErrorCode::Usage : ErrorCode::Busy,
                 join("Run ", options.id, " is ", state, " and cannot be resumed."),
                 join("molt runs show ", options.id));
    }
    if (!options.detach) return run_attached(database, options.id, {false, options.common.json, options.common.quiet});
    start_detached(program, database, options.id);
    if (options.common.json)
        print_json({{"id", options.id}});
    else
        std::cout << options.id << "\n";
    return 0;
}

int remove(Options& options) {
    ExperimentStore store(database_path(options.common));
    row_of(store, options.id);
    const std::filesystem::path folder = store.run_folder(options.id);
    store.delete_run(options.id);
    if (options.files) std::filesystem::remove_all(folder);
    if (options.common.json) print_json({{"id", options.id}, {"deleted", true}});
    return 0;
}

int note(Options& options) {
    ExperimentStore store(database_path(options.common));
    row_of(store, options.id);
    store.set_note(options.id, options.text);
    return 0;
}

CLI::App* add(CLI::App& runs, Program& program, const std::shared_ptr<Options>& options, const std::string& name,
              const std::string& help, std::function<int(Options&)> run) {
    CLI::App* made = runs.add_subcommand(name, help);
    made->callback([&program, options, run = std::move(run)] {
        program.json_errors = options->common.json;
        program.action = [options, run] { return run(*options); };
    });
    made->add_option("ID", options->id, "Number of the run")->required();
    add_database_option(*made, options->common);
    add_output_options(*made, options->common);
    return made;
}

}  // namespace

void add_runs(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* runs = program.cli.add_subcommand("runs", "List and control runs");
    add_database_option(*runs, options->common);
    add_output_options(*runs, options->common);
    runs->callback([&program, runs, options] {
        if (!runs->get_subcommands().empty()) return;
        program.json_errors = options->common.json;
        program.action = [options] { return list(*options); };
    });
    CLI::App* listing = runs->add_subcommand("list", "All runs, newest first");
    add_database_option(*listing, options->common);
    add_output_options(*listing, options->common);
    listing->callback([&program, options] {
        program.json_errors = options->common.json;
        program.action = [options] { return list(*options); };
    });
    add(*runs, program, options, "show", "State, progress, best values and checkpoints of a run", show);
    CLI::App* curve = add(*runs, program, options, "series", "Points of a curve, or of all", series);
    curve->add_option("KEY", options->key, "Name of the series, as in eval/kl");
    curve->add_flag("--csv", options->csv, "Comma-separated values instead of JSON");
    CLI::App* stop = add(*runs, program, options, "stop", "Write a checkpoint and stop",
                         [](Options& o) { return request(o, o.discard ? "stop_discard" : "stop_save"); });
    stop->add_flag("--discard", options->discard, "Do not write a checkpoint first");
    add(*runs, program, options, "hold", "Wait between two steps, in memory",
        [](Options& o) { return request(o, "hold"); });
    add(*runs, program, options, "continue", "Go on after hold", [](Options& o) { return request(o, "run"); });
    add(*runs, program, options, "release", "Write a checkpoint and free the memory; resume goes on",
        [](Options& o) { return request(o, "release"); });
    add(*runs, program, options, "checkpoint", "Write a checkpoint now",
        [](Options& o) { return request(o, "save_now"); });
    add(*runs, program, options, "evaluate", "Evaluate now", [](Options& o) { return request(o, "eval_now"); });
    CLI::App* again = add(*runs, program, options, "resume", "Go on exactly from the last checkpoint",
                          [&program](Options& o) { return resume(program, o); });
    again->add_flag("--detach", options->detach, "In a worker of its own");
    CLI::App* deletion = add(*runs, program, options, "delete", "Remove a run from the database", remove);
    deletion->add_flag("--files", options->files, "Remove its folder too");
    CLI::App* noting = add(*runs, program, options, "note", "Keep a text with a run", note);
    noting->add_option("TEXT", options->text, "The note")->required();
}

}  // namespace molt::app

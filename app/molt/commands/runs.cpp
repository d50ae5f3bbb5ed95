// molt runs: list and look at the runs of the database; what changes them is in runs_control.cpp and runs_edit.cpp.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/commands/runs.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <limits>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::app {

RunRow row_of(const ExperimentStore& store, RunId id) {
    const auto row = store.run(id);
    if (!row) fail(ErrorCode::NotFound, join("There is no run ", id, "."), "molt runs lists them.");
    return *row;
}

CLI::App* add_runs_verb(CLI::App& runs, Program& program, const std::shared_ptr<RunsOptions>& options,
                        const RunsVerb& verb) {
    CLI::App* made = runs.add_subcommand(verb.name, verb.help);
    made->callback([&program, options, run = verb.run] {
        program.json_errors = options->common.json;
        program.action = [options, run] { return run(*options); };
    });
    made->add_option("ID", options->id, "Number of the run")->required();
    add_database_option(*made, options->common);
    add_output_options(*made, options->common);
    return made;
}

namespace {

/// The newest event of one kind; a default one if there is none.
template <class Body>
Body newest(const ExperimentStore& store, RunId id, const char* kind) {
    const auto event = store.last_event(id, kind);
    return event ? std::get<Body>(event->body) : Body{};
}

/// Why the run failed, unless an attempt was started since; null if it did not.
json failure(const ExperimentStore& store, RunId id) {
    const auto failed = store.last_event(id, "failed"), state = store.last_event(id, "state");
    if (!failed || (state && state->seq > failed->seq)) return nullptr;
    const auto& body = std::get<RunFailed>(failed->body);
    return {{"code", body.code}, {"message", body.message}, {"hint", body.hint}};
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
    const auto progress = newest<Progress>(store, id, "progress");
    json checkpoints = json::array();
    for (const CheckpointRow& point : store.checkpoints(id))
        checkpoints.push_back({{"step", point.step}, {"path", point.path}, {"bytes", point.bytes}});
    json out = {{"id", id},
                {"name", row.name},
                {"state", shown_state(row)},
                {"stage", row.stage},
                {"step", progress.step},
                {"steps", progress.steps},
                {"tokens", progress.tokens},
                {"attempt", row.attempt},
                {"pid", row.pid},
                {"heartbeat", row.heartbeat},
                {"created", row.created},
                {"started", row.started},
                {"finished", row.finished},
                {"note", row.note},
                {"tags", store.tags(id)},
                {"parent", row.parent},
                {"config", parse_json(row.config, "config")},
                {"checkpoints", std::move(checkpoints)},
                {"best", best_values(store, id)},
                {"model", newest<RunFinished>(store, id, "finished").model_path},
                {"folder", store.run_folder(id).string()}};
    if (json error = failure(store, id); !error.is_null()) out["error"] = std::move(error);
    return out;
}

int list(RunsOptions& options) {
    const ExperimentStore store(database_path(options.common));
    std::vector<RunRow> found = store.runs();
    if (!options.tag.empty()) {
        std::erase_if(found, [&](const RunRow& row) {
            const auto tags = store.tags(row.id);
            return std::find(tags.begin(), tags.end(), options.tag) == tags.end();
        });
    }
    if (options.common.json) {
        json rows = json::array();
        for (const RunRow& row : found)
            rows.push_back({{"id", row.id},
                            {"name", row.name},
                            {"state", shown_state(row)},
                            {"stage", row.stage},
                            {"created", row.created},
                            {"started", row.started},
                            {"finished", row.finished},
                            {"tags", store.tags(row.id)}});
        print_json(rows);
        return 0;
    }
    std::cout << std::left << std::setw(6) << "id" << std::setw(13) << "state" << std::setw(10) << "stage"
              << std::setw(10) << "took"
              << "name\n";
    for (const RunRow& row : found) {
        const double end = row.finished > 0 ? row.finished : row.heartbeat;
        const std::string took = row.started > 0 && end > row.started ? format_duration(end - row.started) : "-";
        std::cout << std::setw(6) << row.id << std::setw(13) << shown_state(row) << std::setw(10)
                  << (row.stage.empty() ? "-" : row.stage) << std::setw(10) << took << row.name << "\n";
    }
    return 0;
}

int show(RunsOptions& options) {
    const ExperimentStore store(database_path(options.common));
    const json document = show_json(store, options.id);
    if (options.common.json) {
        print_json(document);
        return 0;
    }
    const auto line = [](const std::string& label, const json& value) {
        if (value.empty() || value == "") return;
        std::cout << std::left << std::setw(21) << label
                  << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
    };
    for (const char* key : {"name", "state", "stage", "step", "steps", "tokens", "model", "folder", "note"})
        line(key, document.at(key));
    line("tags", join_list(document.at("tags").get<std::vector<std::string>>(), " "));
    for (const auto& [key, value] : document.at("best").items()) line(join("best ", key), join(value.get<double>()));
    if (document.contains("error")) {
        line("error", document.at("error").at("message"));
        line("hint", document.at("error").at("hint"));
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

int series(RunsOptions& options) {
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

}  // namespace

void add_runs(Program& program) {
    auto options = std::make_shared<RunsOptions>();
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
    listing->add_option("--tag", options->tag, "Only runs with this tag");
    listing->callback([&program, options] {
        program.json_errors = options->common.json;
        program.action = [options] { return list(*options); };
    });
    add_runs_verb(*runs, program, options, {"show", "State, progress, best values and checkpoints of a run", show});
    CLI::App* curve = add_runs_verb(*runs, program, options, {"series", "Points of a curve, or of all", series});
    curve->add_option("KEY", options->key, "Name of the series, as in eval/kl");
    curve->add_flag("--csv", options->csv, "Comma-separated values instead of JSON");
    add_runs_control(*runs, program, options);
    add_runs_edit(*runs, program, options);
}

}  // namespace molt::app

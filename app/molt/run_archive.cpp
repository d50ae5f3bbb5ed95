// Runs as folders: run.json (the row), events.jsonl (everything it said), files/ (checkpoints, final model, logs).
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <string>
#include <vector>

#include "app/molt/run_copies.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/spec/recipe.h"

namespace molt::app {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kFormat = 1;
constexpr const char* kHint = "Name a folder that molt runs export wrote.";

/// Regular files only: links could lead anywhere, and half-written folders are nobody's.
void copy_files(const fs::path& from, const fs::path& to) {
    try {
        fs::create_directories(to);
        for (auto entry = fs::recursive_directory_iterator(from); entry != fs::recursive_directory_iterator();
             ++entry) {
            const bool partial = entry->path().filename().string().find(".partial") != std::string::npos;
            if (partial && entry->is_directory()) entry.disable_recursion_pending();
            if (partial || entry->is_symlink() || !entry->is_regular_file()) continue;
            const fs::path target = to / fs::relative(entry->path(), from);
            fs::create_directories(target.parent_path());
            fs::copy_file(entry->path(), target);
        }
    } catch (const fs::filesystem_error& error) {
        fail(ErrorCode::WriteFailed,
             join("Copying ", from.string(), " to ", to.string(), " failed: ", error.code().message(), "."),
             "Check the free space and the permissions of both folders.");
    }
}

json row_json(const RunRow& run, const std::vector<std::string>& tags) {
    return {{"format", kFormat},
            {"name", run.name},
            {"stage", run.stage},
            {"state", shown_state(run)},
            {"attempt", run.attempt},
            {"created", run.created},
            {"started", run.started},
            {"finished", run.finished},
            {"code_version", run.code_version},
            {"device", run.device},
            {"note", run.note},
            {"tags", tags},
            {"config", parse_json(run.config, join("run ", run.id))}};
}

/// Writes the events one a line; returns where the final model is, if the run has one.
fs::path write_events(const ExperimentStore& store, RunId run, const fs::path& file) {
    std::ofstream out(file, std::ios::binary);
    fs::path model;
    store.for_each_event(run, [&](const RunEvent& event) {
        if (const auto* finished = std::get_if<RunFinished>(&event.body)) model = finished->model_path;
        const json line = {{"time", event.time}, {"kind", event_kind(event)}, {"body", body_to_json(event)}};
        out << line.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
    });
    if (!out.flush()) fail(ErrorCode::WriteFailed, join("Writing ", file.string(), " failed."), "Free some space.");
    return model;
}

/// A run that is not over where it comes from is one that was stopped here.
std::string imported_state(const std::string& state) {
    const bool over = state == "completed" || state == "failed" || state == "released";
    return over ? state : "stopped";
}

RunRow read_row(const json& document, const std::string& origin) {
    if (get<std::int64_t>(document, "format", origin) != kFormat)
        fail(ErrorCode::BadFile, join(origin, " was written by another version of Molt."), "Export the run again.");
    RunRow row;
    row.name = get<std::string>(document, "name", origin);
    row.stage = get<std::string>(document, "stage", origin);
    row.state = imported_state(get<std::string>(document, "state", origin));
    row.attempt = get<std::int64_t>(document, "attempt", origin);
    row.created = get<double>(document, "created", origin);
    row.started = get<double>(document, "started", origin);
    row.finished = get<double>(document, "finished", origin);
    row.code_version = get<std::string>(document, "code_version", origin);
    row.device = get<std::string>(document, "device", origin);
    row.note = get<std::string>(document, "note", origin);
    constexpr std::int64_t kMostAttempts = 1'000'000;
    if (row.attempt < 1 || row.attempt > kMostAttempts)
        fail(ErrorCode::BadFile, join(origin, ": \"attempt\" is ", row.attempt, "."), kHint);
    const json config = document.value("config", json());
    recipe_from_json(config, origin).validate();
    row.config = config.dump();
    return row;
}

/// The paths that an event names, as they are in the run's new folder.
void move_paths(RunEvent& event, const fs::path& folder) {
    if (auto* saved = std::get_if<CheckpointSaved>(&event.body))
        saved->path = (folder / "checkpoints" / fs::path(saved->path).filename()).string();
    if (auto* finished = std::get_if<RunFinished>(&event.body)) finished->model_path = (folder / "final").string();
}

void read_events(ExperimentStore& store, RunId id, const fs::path& file) {
    std::vector<RunEvent> waiting;
    // Before the first attempt: what a fork took over from its parent.
    std::int64_t attempt = 0, number = 0;
    for (const std::string& line : split(read_file(file), '\n')) {
        ++number;
        if (trim(line).empty()) continue;
        const std::string origin = join(file.string(), ":", number);
        const json item = parse_json(line, origin);
        RunEvent event = event_from_json(0, get<double>(item, "time", origin), get<std::string>(item, "kind", origin),
                                         item.value("body", json()));
        move_paths(event, store.run_folder(id));
        const auto* changed = std::get_if<StateChanged>(&event.body);
        if (changed != nullptr && changed->attempt != attempt) {
            store.append(id, attempt, waiting);
            waiting.clear();
            attempt = changed->attempt;
        }
        waiting.push_back(std::move(event));
    }
    store.append(id, attempt, waiting);
}

}  // namespace

void export_run(const ExperimentStore& store, const RunRow& run, const fs::path& target, bool overwrite) {
    if (is_alive(run)) {
        fail(ErrorCode::Busy, join("Run ", run.id, " is still working."),
             join("Stop it first: molt runs stop ", run.id, "."));
    }
    publish_folder(target, overwrite, [&](const fs::path& partial) {
        write_file(partial / "run.json", row_json(run, store.tags(run.id)).dump(1) + "\n");
        const fs::path model = write_events(store, run.id, partial / "events.jsonl");
        const fs::path folder = store.run_folder(run.id);
        copy_files(folder, partial / "files");
        if (!model.empty() && model != folder / "final" && fs::is_directory(model))
            copy_files(model, partial / "files" / "final");
    });
}

RunId import_run(ExperimentStore& store, const fs::path& source) {
    const std::string origin = (source / "run.json").string();
    if (!fs::exists(source / "run.json")) fail(ErrorCode::NotFound, join("There is no ", origin, "."), kHint);
    const json document = read_json_file(source / "run.json");
    RunRow row = read_row(document, origin);
    row.id = store.create_run(row.name, row.config);
    try {
        store.set_state(row.id, "draft");
        if (fs::is_directory(source / "files")) copy_files(source / "files", store.run_folder(row.id));
        read_events(store, row.id, source / "events.jsonl");
        for (const json& tag : document.value("tags", json::array()))
            if (tag.is_string()) store.add_tag(row.id, tag.get<std::string>());
        store.restore(row);
    } catch (...) {
        store.delete_run(row.id);
        std::error_code ignored;
        fs::remove_all(store.run_folder(row.id), ignored);
        throw;
    }
    return row.id;
}

}  // namespace molt::app

// Names of error codes, and the one place that understands foreign exceptions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

#include <new>

namespace molt {

std::string_view code_name(ErrorCode code) {
    switch (code) {
        case ErrorCode::Internal:
            return "internal";
        case ErrorCode::Usage:
            return "usage";
        case ErrorCode::NotFound:
            return "not_found";
        case ErrorCode::BadFile:
            return "bad_file";
        case ErrorCode::BadConfig:
            return "bad_config";
        case ErrorCode::Mismatch:
            return "mismatch";
        case ErrorCode::OutOfMemory:
            return "out_of_memory";
        case ErrorCode::WriteFailed:
            return "write_failed";
        case ErrorCode::NonFinite:
            return "non_finite";
        case ErrorCode::Device:
            return "device";
        case ErrorCode::Database:
            return "database";
        case ErrorCode::Busy:
            return "busy";
        case ErrorCode::Stopped:
            return "stopped";
    }
    return "internal";
}

void fail(ErrorCode code, std::string message, std::string hint) {
    throw Error(code, std::move(message), std::move(hint));
}

namespace {

/// What to do next where the place that failed had nothing more precise to say.
std::string general_hint(ErrorCode code) {
    switch (code) {
        case ErrorCode::Usage:
            return "See molt --help, or molt COMMAND --help.";
        case ErrorCode::NotFound:
            return "Check the path, and that it can be read.";
        case ErrorCode::BadFile:
            return "Fetch or write the file anew: it is damaged, or of a kind that Molt does not read.";
        case ErrorCode::BadConfig:
            return "molt recipe --explain prints every setting with its range.";
        case ErrorCode::Mismatch:
            return "Choose a model, tokenizer and data that belong together.";
        case ErrorCode::OutOfMemory:
            return "Reduce batch_size or sequence_length, or choose a smaller model.";
        case ErrorCode::WriteFailed:
            return "Check the free space and the permissions of the folder.";
        case ErrorCode::NonFinite:
            return "Lower learning_rate, or resume from an earlier checkpoint.";
        case ErrorCode::Device:
            return "Run on the processor with --device cpu.";
        case ErrorCode::Database:
            return "molt db check examines the database.";
        case ErrorCode::Busy:
            return "Wait for the other run, or stop it with molt runs stop ID.";
        case ErrorCode::Stopped:
            return "molt runs resume ID goes on from the last checkpoint.";
        case ErrorCode::Internal:
            break;
    }
    return "This is a bug in Molt; please report it with the command you ran.";
}

Failure from_foreign(const std::exception& error) {
    std::string first_line = error.what();
    first_line = first_line.substr(0, first_line.find('\n'));
    const bool out_of_memory = first_line.find("out of memory") != std::string::npos ||
                               first_line.find("can't allocate memory") != std::string::npos;
    if (out_of_memory) {
        return {ErrorCode::OutOfMemory, "Out of memory: " + first_line, general_hint(ErrorCode::OutOfMemory)};
    }
    return {ErrorCode::Internal, first_line, general_hint(ErrorCode::Internal)};
}

}  // namespace

Failure describe_current_exception() {
    try {
        throw;
    } catch (const Error& error) {
        return {error.code(), error.what(), error.hint().empty() ? general_hint(error.code()) : error.hint()};
    } catch (const std::bad_alloc&) {
        return {ErrorCode::OutOfMemory, "Out of memory.", general_hint(ErrorCode::OutOfMemory)};
    } catch (const std::exception& error) {
        return from_foreign(error);
    } catch (...) {
        return {ErrorCode::Internal, "An exception of unknown type was thrown.", general_hint(ErrorCode::Internal)};
    }
}

void assertion_failed(const char* expression, const char* file, int line) {
    fail(ErrorCode::Internal,
         std::string("Assertion failed: ") + expression + " (" + file + ":" + std::to_string(line) + ")",
         general_hint(ErrorCode::Internal));
}

}  // namespace molt

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

Failure from_foreign(const std::exception& error) {
    std::string first_line = error.what();
    first_line = first_line.substr(0, first_line.find('\n'));
    const bool out_of_memory = first_line.find("out of memory") != std::string::npos ||
                               first_line.find("can't allocate memory") != std::string::npos;
    if (out_of_memory) {
        return {ErrorCode::OutOfMemory, "Out of memory: " + first_line,
                "Reduce batch_size or sequence_length, or choose a smaller model."};
    }
    return {ErrorCode::Internal, first_line, "This is a bug in Molt; please report it with the command you ran."};
}

}  // namespace

Failure describe_current_exception() {
    try {
        throw;
    } catch (const Error& error) {
        return {error.code(), error.what(), error.hint()};
    } catch (const std::bad_alloc&) {
        return {ErrorCode::OutOfMemory, "Out of memory.",
                "Reduce batch_size or sequence_length, or choose a smaller model."};
    } catch (const std::exception& error) {
        return from_foreign(error);
    } catch (...) {
        return {ErrorCode::Internal, "An exception of unknown type was thrown.", "Please report this."};
    }
}

void assertion_failed(const char* expression, const char* file, int line) {
    fail(ErrorCode::Internal,
         std::string("Assertion failed: ") + expression + " (" + file + ":" + std::to_string(line) + ")",
         "This is a bug in Molt; please report it with the command you ran.");
}

}  // namespace molt

// The one exception of the product: a code (= exit status), a message, and a hint that says what to do next.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace molt {

/// Kinds of failure; the value is the exit status of `molt` (design: cli.md section 9).
enum class ErrorCode : int {
    Internal = 1,     ///< a bug of ours
    Usage = 2,        ///< command line
    NotFound = 3,     ///< file missing or unreadable, unknown run
    BadFile = 4,      ///< malformed or unsupported file
    BadConfig = 5,    ///< recipe or configuration
    Mismatch = 6,     ///< model, data and draft do not fit together
    OutOfMemory = 7,  ///< host or device
    WriteFailed = 8,  ///< disk full or write failed
    NonFinite = 9,    ///< loss or gradient is not finite
    Device = 10,      ///< device unavailable or lost
    Database = 11,    ///< locked, damaged or newer than this program
    Busy = 12,        ///< lease held by another process
    Stopped = 130,    ///< stopped by the user
};

/// Stable name of a code for JSON ("bad_config"), never translated.
std::string_view code_name(ErrorCode code);

class Error : public std::runtime_error {
public:
    Error(ErrorCode error_code, std::string message, std::string what_to_do = {})
        : std::runtime_error(std::move(message)), code_(error_code), hint_(std::move(what_to_do)) {}
    ErrorCode code() const { return code_; }
    const std::string& hint() const { return hint_; }

private:
    ErrorCode code_;
    std::string hint_;
};

/// Throws Error; reads better than a throw in the middle of an expression.
[[noreturn]] void fail(ErrorCode code, std::string message, std::string hint = {});

/// What the three catch-alls (worker main, chat loop, GUI jobs) turn any exception into.
struct Failure {
    ErrorCode code = ErrorCode::Internal;
    std::string message, hint;
};
/// Describes the exception being handled, with a general hint where it has none; call inside a catch block. bad_alloc
/// becomes OutOfMemory; LibTorch's c10::Error is a std::exception whose first line is kept, and its out-of-memory text
/// is recognised.
Failure describe_current_exception();

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace molt

/// A programmer's error, checked in every build; never for input from outside.
#define MOLT_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::molt::assertion_failed(#condition, __FILE__, __LINE__))

// expect_error: the Error that a call must throw, with its code checked. For tests only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "core/base/error.h"

namespace molt {

/// Calls `action` and returns the Error that it throws. Throws std::logic_error (a failed test) if it throws nothing or
/// has another code.
inline Error expect_error(ErrorCode code, const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        if (error.code() == code) return error;
        throw std::logic_error(std::string("expected ") + std::string(code_name(code)) + ", got " +
                               std::string(code_name(error.code())) + ": " + error.what());
    }
    throw std::logic_error(std::string("expected ") + std::string(code_name(code)) + ", nothing was thrown");
}

}  // namespace molt

// The queue's writing end: small pieces, each only when the descriptor takes it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/queued_output.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/base/descriptors.h"
#include "core/base/log.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

constexpr std::size_t kMostWaiting = std::size_t{64} << 20;
constexpr int kPatienceMs = 30000;

}  // namespace

QueuedOutput::QueuedOutput(int descriptor) : descriptor_(descriptor), writer_([this] { write_loop(); }) {}

QueuedOutput::~QueuedOutput() {
    stream_.flush();
    {
        const std::scoped_lock lock(mutex_);
        closing_ = true;
    }
    wake_.notify_one();
    writer_.join();
    if (dropped_ > 0) log::warn("output", join(dropped_, " bytes were not printed: nobody read them."));
}

QueuedOutput::Buffer::int_type QueuedOutput::Buffer::overflow(int_type c) {
    if (c != traits_type::eof()) text_ += traits_type::to_char_type(c);
    return traits_type::not_eof(c);
}

std::streamsize QueuedOutput::Buffer::xsputn(const char* text, std::streamsize count) {
    text_.append(text, static_cast<std::size_t>(count));
    return count;
}

int QueuedOutput::Buffer::sync() {
    owner_.push(std::exchange(text_, {}));
    return 0;
}

void QueuedOutput::push(std::string text) {
    {
        const std::scoped_lock lock(mutex_);
        if (waiting_.size() + text.size() > kMostWaiting)
            dropped_ += text.size();
        else
            waiting_ += text;
    }
    wake_.notify_one();
}

/// False if the reader is gone, or the output is closing and takes nothing for long.
bool QueuedOutput::write_some(std::string& text) {
    constexpr int kLookMs = 100;
    for (int waited = 0; !can_write(descriptor_, kLookMs); waited += kLookMs) {
        const std::scoped_lock lock(mutex_);
        if (closing_ && waited >= kPatienceMs) return false;
    }
    const ssize_t written = ::write(descriptor_, text.data(), std::min(text.size(), kAtomicWrite));
    if (written > 0) text.erase(0, static_cast<std::size_t>(written));
    return written > 0;
}

void QueuedOutput::write_loop() {
    for (;;) {
        std::string text;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            text = std::exchange(waiting_, {});
        }
        while (!text.empty()) {
            if (write_some(text)) continue;
            const std::scoped_lock lock(mutex_);
            dropped_ += text.size();
            text.clear();
        }
    }
}

}  // namespace molt::app

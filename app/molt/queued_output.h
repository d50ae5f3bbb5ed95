// QueuedOutput: a stream whose reader may be slow or asleep; writing never waits for it.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <ostream>
#include <streambuf>
#include <string>
#include <thread>

namespace molt::app {

/// What is flushed waits in memory (64 MiB at most, whole flushes beyond that are dropped) for a thread that writes it.
/// The stream belongs to one thread at a time.
class QueuedOutput {
public:
    explicit QueuedOutput(int descriptor);
    /// Waits for the reader as long as it takes something at least every thirty seconds.
    ~QueuedOutput();
    QueuedOutput(const QueuedOutput&) = delete;
    QueuedOutput& operator=(const QueuedOutput&) = delete;

    std::ostream& stream() { return stream_; }

private:
    class Buffer : public std::streambuf {
    public:
        explicit Buffer(QueuedOutput& owner) : owner_(owner) {}

    protected:
        int_type overflow(int_type c) override;
        std::streamsize xsputn(const char* text, std::streamsize count) override;
        int sync() override;

    private:
        QueuedOutput& owner_;
        std::string text_;
    };

    void push(std::string text);
    void write_loop();
    bool write_some(std::string& text);

    const int descriptor_;
    std::mutex mutex_;  // guards waiting_, dropped_, closing_
    std::condition_variable wake_;
    std::string waiting_;
    std::size_t dropped_ = 0;
    bool closing_ = false;
    Buffer buffer_{*this};
    std::ostream stream_{&buffer_};
    std::jthread writer_;  // last: it uses the others
};

}  // namespace molt::app

// poll() and the standard descriptors. SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace molt {

bool can_write(int descriptor, int timeout_ms) {
    struct pollfd watched {
        descriptor, POLLOUT, 0
    };
    // Errors and hang-ups count as writable: the write finds out by itself.
    return ::poll(&watched, 1, timeout_ms) != 0;
}

void occupy_standard_descriptors() {
    for (int descriptor = 0; descriptor <= 2; ++descriptor) {
        if (::fcntl(descriptor, F_GETFD) != -1) continue;
        // The wrong direction on purpose: reading from 0 and writing to 1 and 2 fail as if they were closed. The lowest
        // free number is taken, which is this one.
        const int opened = ::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
        if (opened < 0) return;
    }
}

}  // namespace molt

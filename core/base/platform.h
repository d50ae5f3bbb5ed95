// Facts about this process and machine that only the operating system knows: identities, user folders, priorities.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace molt {

/// Start identity of a process: boot id and start time in clock ticks, "BOOT/12345"; empty if there is no such process.
/// A re-used pid, also after a reboot, has another identity.
std::string process_identity(std::int64_t pid);
std::int64_t current_pid();

/// $XDG_DATA_HOME/molt or ~/.local/share/molt; not created.
std::filesystem::path user_data_folder();
/// --db, else $MOLT_DB, else user_data_folder()/molt.db.
std::filesystem::path default_database_path();
/// Folder of the running executable.
std::filesystem::path executable_folder();
/// A file of ours by its name under resources/ ("presets/tiny-demo.json"): $MOLT_RESOURCES, else ../share/molt beside
/// the executable, else the source tree of the build. Throws Error(NotFound).
std::filesystem::path resource_path(const std::string& name);
/// True if the path is on a network file system (nfs, cifs, smb, afs), where SQLite's WAL is unsafe.
bool on_network_filesystem(const std::filesystem::path& path);
/// Free bytes for this user on the file system that holds `path` (or its nearest existing parent).
std::int64_t free_disk_bytes(const std::filesystem::path& path);
/// Peak resident memory of this process so far, bytes.
std::int64_t peak_resident_bytes();
/// Programs started from here on let OpenMP's threads sleep while they wait (OMP_WAIT_POLICY=passive, unless the user has
/// chosen): two workers that spin on the same cores were measured at a tenth to a thirtieth of their speed.
void make_children_wait_asleep();
/// Seconds since the epoch, and a monotonic clock in seconds.
double wall_clock();
double steady_clock();

}  // namespace molt

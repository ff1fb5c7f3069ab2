// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <string>

#include "tests/lab/bytes.hpp"
#include "tests/lab/reader/device_name.hpp"
#include "tests/lab/unique_fd.hpp"

/// A pcscd of one's own, with the lab's two readers and nothing else, beside whatever pcscd the machine runs.
///
/// pcscd's socket path is compiled in, but socket activation moves it: it is handed a listening socket that somebody
/// else bound, and clients find it by PCSCLITE_CSOCK_NAME. Everything else it needs (the two card listeners, its
/// configuration and the handler's code) is handed over as descriptors too, so it needs no permission on any directory
/// and can run as nobody even where the sockets lie below a 0700 folder.
namespace sekimori::lab {

inline constexpr std::size_t kReaders = 2;
/// The readers' names begin so; pcscd appends instance and slot: "Sekimori Lab Reader 00 00" is card0, "... 01 00" is
/// card1.
inline constexpr const char* kReaderName = "Sekimori Lab Reader";

enum class Lifetime : std::uint8_t {
    WithParent,  ///< killed when the thread that spawned it ends, for tests
    Outlives,    ///< stays until somebody ends its pid
};

/// What spawn_pcscd() needs. The descriptors stay the caller's; the child gets copies.
struct PcscdSpec {
    std::string program = "/usr/sbin/pcscd";
    std::string handler;                ///< path of libsekimori-lab-reader.so
    int comm = -1;                      ///< listening UNIX stream socket for PC/SC clients
    std::array<int, kReaders> cards{};  ///< listening UNIX stream sockets for card0 and card1
    int log = -1;                       ///< where its output goes; -1 drops it
    std::chrono::milliseconds answer_time = kDefaultAnswerTime;
    Lifetime lifetime = Lifetime::WithParent;
};

/// Starts pcscd in the foreground as a child process and returns its pid; as root it changes to nobody first (a root
/// pcscd would write the system's pid file). Clients may connect at once: the kernel queues them until pcscd serves,
/// and by then both readers exist. Safe in a process with threads. End it with SIGTERM to this pid and reap it.
Outcome<pid_t> spawn_pcscd(const PcscdSpec& spec);

/// Where the handler lies: beside the running program, in a build tree or an installation. The environment is not
/// asked.
Outcome<std::string> find_handler();

/// A private pcscd for tests: binds `pcscd.comm`, `card0.sock` and `card1.sock` in a directory, starts, ends and reaps.
/// Changes nothing in the environment.
class PrivatePcscd {
  public:
    struct Options {
        std::string handler;    ///< empty: find_handler()
        std::string directory;  ///< existing, any mode; short enough for socket paths
        std::chrono::milliseconds answer_time = kDefaultAnswerTime;
    };
    static Outcome<PrivatePcscd> start(const Options& options);
    ~PrivatePcscd();
    PrivatePcscd(PrivatePcscd&& other) noexcept;
    PrivatePcscd& operator=(PrivatePcscd&&) = delete;

    /// The value for PCSCLITE_CSOCK_NAME in a client's environment.
    std::string csock_name() const { return directory_ + "/pcscd.comm"; }
    std::string card_socket(std::size_t reader) const {
        return directory_ + "/card" + std::to_string(reader) + ".sock";
    }
    std::string log_path() const { return directory_ + "/pcscd.log"; }
    pid_t pid() const { return pid_; }

    /// Ends pcscd with `signal`, waits for it (SIGKILL after 5 s), removes the sockets. Idempotent.
    void stop(int signal);

  private:
    PrivatePcscd(std::string directory, pid_t pid);
    std::string directory_;
    pid_t pid_ = -1;
};

}  // namespace sekimori::lab

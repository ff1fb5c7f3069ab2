// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/pam_lab.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

extern char** environ;

namespace sekimori::test {
namespace {

const std::string kPrograms = PROGRAMS;

pid_t start(const std::vector<std::string>& arguments, int output = -1) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (output >= 0) posix_spawn_file_actions_adddup2(&actions, output, 1);
    pid_t pid = -1;
    EXPECT_EQ(posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ), 0) << arguments[0];
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

int wait_for(pid_t pid) {
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Presses the finger whenever the command says that it wants one.
constexpr const char* kEnrolFinger = R"(
exec {out}< <(sekimori enrol finger "$person" --finger right-index-finger --accept-notice </dev/null 2>&1)
command=$!
press=0
while read -r line <&"$out"; do
  stage=${line#stage }
  if [[ $line == "stage ${stage##*/}/${stage##*/}" ]]; then continue; fi
  case $line in ready | retry:* | 'stage '*)
    press=$((press + 1))
    sekimori-lab-finger press --seed "$finger" --press $press --socket "$SEKIMORI_LAB_DIR/finger.sock" --cache "$cache"
  esac
done
wait $command
)";

}  // namespace

Lab::Lab() {
    char name[] = "/tmp/sekimori-pam-lab-XXXXXX";
    if (mkdtemp(name) == nullptr) {
        ADD_FAILURE() << "no directory";
        return;
    }
    folder_ = name;
    std::filesystem::create_directory(folder_ + "/conf.d");
    write_limits("failures=20\nlockout_seconds=1\n");
    write_card_keys();
    up();
    EXPECT_EQ(run("sekimori-lab-card new piv --alg p256 --subject Alice --out $SEKIMORI_LAB_DIR/alice"), 0);
    EXPECT_EQ(run("sekimori-lab-card new jpki --subject Bert --pin " + std::string(kBertsPin) +
                  " --out $SEKIMORI_LAB_DIR/bert"),
              0);
    enrol("alice", kAlicesFinger);
    enrol("bert", kBertsFinger);
}

Lab::~Lab() {
    pull();
    for (const pid_t hand : hands_) {
        (void)kill(hand, SIGKILL);
        (void)wait_for(hand);
    }
    down();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

int Lab::run(const std::string& line) const {
    const std::string script =
        "set -a; . " + folder_ + "/env; set +a; exec >>" + folder_ + "/log/test.log 2>&1; " + line;
    return wait_for(start({"/bin/bash", "-c", script}));
}

void Lab::up() { ASSERT_EQ(wait_for(start({kPrograms + "/sekimori-lab", "up", "--dir", folder_})), 0); }
void Lab::down() { ASSERT_EQ(wait_for(start({kPrograms + "/sekimori-lab", "down", "--dir", folder_})), 0); }

void Lab::write_limits(const std::string& lines) const {
    std::ofstream(folder_ + "/conf.d/test.conf") << "[limits]\n" << lines;
}

void Lab::enrol(const std::string& person, int finger) {
    EXPECT_EQ(run("sekimori person add " + person + " --name " + person + " --min-fingers 1 --reason test"), 0);
    insert(person);
    // Only its id names a card to `card reinstate`.
    EXPECT_EQ(run("sekimori enrol card " + person + " --json <<< " + kBertsPin +
                  R"( | grep -o '"id":"[0-9a-f]*"' | cut -d'"' -f4 > $SEKIMORI_LAB_DIR/)" + person + ".id"),
              0);
    pull();
    EXPECT_EQ(
        run("person=" + person + " finger=" + std::to_string(finger) + " cache=" + PRINT_CACHE + "\n" + kEnrolFinger),
        0);
}

void Lab::suspend(const std::string& person) const { EXPECT_EQ(run("sekimori card suspend --person " + person), 0); }

void Lab::reinstate(const std::string& person) const {
    EXPECT_EQ(run("sekimori card reinstate $(cat $SEKIMORI_LAB_DIR/" + person + ".id)"), 0);
}

void Lab::write_card_keys() const {
    const std::string keys = folder_ + "/felica.keys";
    const UniqueFd file(open(keys.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const std::string lines = std::string("# of the test\nmaster ") + kMasterKey + "\nck " + kCardKey + "\n";
    EXPECT_EQ(write(file.get(), lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
    std::ofstream(folder_ + "/conf.d/felica.conf") << "[card]\nfelica_keys=" << keys << "\n";
}

void Lab::insert(const std::string& card, const std::string& fault) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd reading(ends[0]);
    {
        const UniqueFd writing(ends[1]);
        // An end of its own standard input would pull it; it is pulled by a signal.
        card_ = start({"/bin/sh", "-c",
                       "exec " + kPrograms + "/sekimori-lab-card insert " + folder_ + "/" + card +
                           " --seconds 600 --stay --socket " + folder_ + "/card0.sock" +
                           (fault.empty() ? "" : " --fault " + fault)},
                      writing.get());
    }
    char line[64] = {};
    ASSERT_GT(read(reading.get(), line, sizeof line - 1), 0);
    ASSERT_EQ(std::string(line).substr(0, 8), "inserted");
}

void Lab::pull() {
    if (card_ < 0) return;
    (void)kill(card_, SIGTERM);
    (void)wait_for(std::exchange(card_, -1));
}

void Lab::press(int finger) {
    hands_.push_back(start({kPrograms + "/sekimori-lab-finger", "press", "--seed", std::to_string(finger), "--press",
                            std::to_string(++presses_), "--socket", folder_ + "/finger.sock", "--cache", PRINT_CACHE}));
}

void Lab::kill_process(const std::string& name) const {
    std::ifstream pids(folder_ + "/pids");
    std::string who;
    for (pid_t pid = -1; pids >> who >> pid;)
        if (who == name) {
            EXPECT_EQ(kill(pid, SIGKILL), 0) << name;
            return;
        }
    ADD_FAILURE() << "no process " << name;
}

void Lab::wait_until_ready() const {
    EXPECT_EQ(
        run("for try in {1..300}; do "
            "s=$(sekimori status --json) && [[ $s == *'\"driver\"'* && $s == *'\"name\"'* ]] && exit 0; sleep 0.05; "
            "done; exit 1"),
        0);
}

void Lab::tidy() {
    pull();
    for (const pid_t hand : hands_) {
        (void)kill(hand, SIGKILL);
        (void)wait_for(hand);
    }
    hands_.clear();
    wait_until_ready();
    EXPECT_EQ(run("sekimori person unlock alice; sekimori person unlock bert; true"), 0);
}

Lab& lab() {
    static auto one = std::make_unique<Lab>();
    struct End : testing::Environment {
        void TearDown() override { one.reset(); }
    };
    static const testing::Environment* const end = testing::AddGlobalTestEnvironment(new End);
    (void)end;
    return *one;
}

LabHost::LabHost(const std::string& user, const std::string& service) : Host(lab().stacks(), user, service) {
    static int terminals = 0;
    set(PAM_TTY, ("lab" + std::to_string(++terminals)).c_str());
}

}  // namespace sekimori::test

#include "tools/collector/program_check.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace track::tools {
namespace {

// A program of the build: a plain dynamic one, and a static one.
constexpr const char* dynamic_program = LIBTRACK_DYNAMIC_PROGRAM;
constexpr const char* static_program = LIBTRACK_STATIC_PROGRAM;

class program_check : public testing::Test {
 protected:
  program_check() {
    std::string name = testing::TempDir() + "track-check-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~program_check() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& contents, mode_t mode = 0755) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << contents;
    chmod(path.c_str(), mode);
    return path;
  }

  std::string copy_of(const std::string& program, const std::string& name, mode_t mode = 0755) {
    const std::string path = (folder_ / name).string();
    std::filesystem::copy_file(program, path);
    chmod(path.c_str(), mode);
    return path;
  }

  std::filesystem::path folder_;
};

// The smallest 64-bit executable that the checks can tell something of.
struct forged_program {
  Elf64_Ehdr header{};
  Elf64_Phdr interpreter{};
  Elf64_Phdr load{};
  Elf64_Phdr dynamic{};
  Elf64_Dyn entries[4]{};
  char texts[128]{};

  // `loader` and `needed` share the texts; the string table is the texts' own address.
  forged_program(const std::string& loader, const std::string& needed) {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_machine = EM_X86_64;
    header.e_type = ET_DYN;
    header.e_phoff = offsetof(forged_program, interpreter);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 3;
    interpreter.p_type = PT_INTERP;
    interpreter.p_offset = offsetof(forged_program, texts) + 1;
    interpreter.p_filesz = loader.size() + 1;
    load.p_type = PT_LOAD;
    load.p_filesz = sizeof(forged_program);
    dynamic.p_type = PT_DYNAMIC;
    dynamic.p_offset = offsetof(forged_program, entries);
    dynamic.p_filesz = sizeof entries;
    entries[0].d_tag = DT_NEEDED;
    entries[0].d_un.d_val = 1 + loader.size() + 1;
    entries[1].d_tag = DT_STRTAB;
    entries[1].d_un.d_ptr = offsetof(forged_program, texts);
    std::memcpy(texts + 1, loader.data(), loader.size());
    std::memcpy(texts + 1 + loader.size() + 1, needed.data(), needed.size());
  }

  std::string bytes() const { return {reinterpret_cast<const char*>(this), sizeof *this}; }
};

TEST_F(program_check, a_dynamic_program_is_taken) {
  const program_verdict verdict = check_program(dynamic_program);
  EXPECT_EQ(verdict.status, 0) << verdict.reason;
  EXPECT_EQ(verdict.path, dynamic_program);
}

TEST_F(program_check, names_without_a_slash_are_searched_in_path) {
  copy_of(dynamic_program, "it");
  write("not-me", "x", 0644);
  setenv("PATH", ("/nowhere:" + folder_.string()).c_str(), 1);
  EXPECT_EQ(check_program("it").path, (folder_ / "it").string());
  EXPECT_EQ(check_program("not-me").status, 126);
  EXPECT_EQ(check_program("absent").status, 127);
}

TEST_F(program_check, missing_directory_and_not_executable_have_their_statuses) {
  EXPECT_EQ(check_program(folder_.string() + "/absent").status, 127);
  EXPECT_EQ(check_program(folder_.string()).status, 126);
  EXPECT_EQ(check_program(write("data", "x", 0644)).status, 126);
  EXPECT_EQ(check_program("").status, 127);
  EXPECT_EQ(check_program(write("binary", std::string("\1\0\2", 3))).status, 126);
}

TEST_F(program_check, a_static_program_is_refused) {
  const program_verdict verdict = check_program(static_program);
  EXPECT_EQ(verdict.status, 125);
  EXPECT_NE(verdict.reason.find("statically linked"), std::string::npos) << verdict.reason;
}

TEST_F(program_check, setuid_and_setgid_are_refused) {
  EXPECT_NE(check_program(copy_of(dynamic_program, "u", 04755)).reason.find("setuid"),
            std::string::npos);
  const program_verdict verdict = check_program(copy_of(dynamic_program, "g", 02755));
  EXPECT_EQ(verdict.status, 125);
  EXPECT_NE(verdict.reason.find("setgid"), std::string::npos) << verdict.reason;
}

TEST_F(program_check, a_32_bit_program_is_refused) {
  std::string bytes(64, '\0');
  std::memcpy(bytes.data(), ELFMAG, SELFMAG);
  bytes[EI_CLASS] = ELFCLASS32;
  bytes[EI_DATA] = ELFDATA2LSB;
  const program_verdict verdict = check_program(write("old", bytes));
  EXPECT_EQ(verdict.status, 125);
  EXPECT_NE(verdict.reason.find("32-bit"), std::string::npos) << verdict.reason;
}

TEST_F(program_check, another_machine_is_refused) {
  forged_program forged("/lib/ld-linux-aarch64.so.1", "libc.so.6");
  forged.header.e_machine = EM_AARCH64;
  EXPECT_EQ(check_program(write("arm", forged.bytes())).status, 125);
}

TEST_F(program_check, musl_is_refused) {
  const forged_program forged("/lib/ld-musl-x86_64.so.1", "libc.musl.so");
  const program_verdict verdict = check_program(write("musl", forged.bytes()));
  EXPECT_EQ(verdict.status, 125);
  EXPECT_NE(verdict.reason.find("musl"), std::string::npos) << verdict.reason;
}

TEST_F(program_check, sanitizer_builds_are_refused) {
  for (const char* library : {"libasan.so.8", "libtsan.so.2", "libclang_rt.asan-x86_64.so"}) {
    const forged_program forged("/lib64/ld-linux-x86-64.so.2", library);
    const program_verdict verdict = check_program(write("sanitized", forged.bytes()));
    EXPECT_EQ(verdict.status, 125) << library;
    EXPECT_NE(verdict.reason.find("Sanitizer"), std::string::npos) << verdict.reason;
  }
  const forged_program plain("/lib64/ld-linux-x86-64.so.2", "libsanitary.so.1");
  EXPECT_EQ(check_program(write("plain", plain.bytes())).status, 0);
}

TEST_F(program_check, scripts_are_followed_to_what_runs_them) {
  const std::string script = write("script", "#! " + std::string(dynamic_program) + " -x\n");
  EXPECT_EQ(check_program(script).binary, dynamic_program);
  EXPECT_EQ(check_program(write("deep", "#!" + script + "\n")).binary, dynamic_program);
  EXPECT_EQ(check_program(write("static", "#!" + std::string(static_program) + "\n")).status, 125);
  EXPECT_EQ(check_program(write("lost", "#!/no/such/interpreter\n")).status, 126);
  EXPECT_EQ(check_program(write("self", "#!" + (folder_ / "self").string() + "\n")).status, 126);
}

TEST_F(program_check, text_without_an_interpreter_runs_in_the_shell) {
  const program_verdict verdict = check_program(write("plain", "echo hello\n"));
  EXPECT_EQ(verdict.status, 0) << verdict.reason;
  EXPECT_TRUE(verdict.by_shell);
  EXPECT_EQ(verdict.binary, "/bin/sh");
}

TEST_F(program_check, damaged_headers_never_crash) {
  const std::string good = forged_program("/lib64/ld-linux-x86-64.so.2", "libc.so.6").bytes();
  for (std::size_t size = 0; size < good.size(); size += 7) {
    check_program(write("cut", good.substr(0, size)));
  }
  std::size_t answers = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(~bad[at]);
    const program_verdict verdict = check_program(write("bad", bad));
    answers += verdict.status == 0 || !verdict.reason.empty() ? 1u : 0u;
  }
  EXPECT_EQ(answers, good.size());
}

TEST_F(program_check, valgrind_and_rr_around_us_are_noticed) {
  EXPECT_EQ(check_environment(), "");
  setenv("LD_PRELOAD", "/usr/libexec/valgrind/vgpreload_core-amd64-linux.so", 1);
  EXPECT_NE(check_environment().find("valgrind"), std::string::npos);
  unsetenv("LD_PRELOAD");
  setenv("RUNNING_UNDER_RR", "1", 1);
  EXPECT_NE(check_environment().find("rr"), std::string::npos);
  unsetenv("RUNNING_UNDER_RR");
}

}  // namespace
}  // namespace track::tools

"""A small shop: a library and a program, and ten commits of it in which leaks and cycles come, move,
grow, change, shrink and go, and one behind that renames everything. Beside each commit, what the gate
must say of it.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from harness import Failure, run

MAKEFILE = """
LIBRARY := $(patsubst %.cpp,$(OUT)/%.o,$(shell find library -name '*.cpp'))
PROGRAM := $(patsubst %.cpp,$(OUT)/%.o,$(wildcard program/*.cpp))

$(OUT)/shop: $(PROGRAM) $(OUT)/libshop.a
	$(CXX) $(CXXFLAGS) -o $@ $^
$(OUT)/libshop.a: $(LIBRARY)
	rm -f $@ && ar rcs $@ $^
$(OUT)/%.o: %.cpp
	mkdir -p $(dir $@) && $(CXX) -std=c++17 $(CXXFLAGS) -Ilibrary -MMD -c -o $@ $<
-include $(LIBRARY:.o=.d) $(PROGRAM:.o=.d)
"""
SHOP = """
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace shop {

struct order {
  int number = 0;
  std::string label;
};

// The last values of something.
template <typename Value>
class ring {
 public:
  void put(Value value) { values_.push_back(std::make_unique<Value>(value)); }
  std::size_t size() const { return values_.size(); }
  static ring& make() { return *new ring; }

 private:
  std::vector<std::unique_ptr<Value>> values_;
};

struct peer;
struct session {
  int number = 0;
  std::shared_ptr<peer> other;
};
struct peer {
  std::shared_ptr<session> owner;
};

std::string label_of(const char* text);
order parse_order(const char* text);
std::size_t take_orders(const std::vector<std::string>& lines);
std::size_t open_sessions(int count);
std::size_t print_receipts(std::size_t count);
std::size_t run_day(int customers);

}  // namespace shop
"""
ORDERS = """
#include <cstdlib>
#include <cstring>

#include "shop.hpp"

namespace shop {

std::string label_of(const char* text) {
  char* copy = new char[std::strlen(text) + 1];
  std::strcpy(copy, text);
  std::string label(copy);
  delete[] copy;
  return label;
}

order parse_order(const char* text) {
  order made;
  made.number = std::atoi(text);
  made.label = label_of(text);
  return made;
}

std::size_t take_orders(const std::vector<std::string>& lines) {
  std::size_t total = 0;
  for (const std::string& line : lines) {
    total += parse_order(line.c_str()).label.size();
  }
  return total;
}

}  // namespace shop
"""
SESSIONS = """
#include "shop.hpp"

namespace shop {
namespace {

std::shared_ptr<session> open_session(int number) {
  auto opened = std::make_shared<session>();
  opened->number = number;
  opened->other = std::make_shared<peer>();
  return opened;
}

}  // namespace

std::size_t open_sessions(int count) {
  std::size_t open = 0;
  for (int i = 0; i < count; ++i) {
    open += open_session(i)->other != nullptr ? 1 : 0;
  }
  return open;
}

}  // namespace shop
"""
DAY = """
#include "shop.hpp"

namespace shop {
namespace {

std::vector<std::string> lines_of(int customers) {
  std::vector<std::string> lines;
  for (int i = 0; i < customers; ++i) {
    lines.push_back(std::to_string(i) + " a rather long name of a customer");
  }
  return lines;
}

}  // namespace

std::size_t print_receipts(std::size_t count) {
  ring<int> last;
  for (std::size_t i = 0; i < count; ++i) {
    last.put(static_cast<int>(i));
  }
  return last.size();
}

std::size_t run_day(int customers) {
  std::size_t total = take_orders(lines_of(customers));
  total += open_sessions(customers);
  total += print_receipts(total);
  return total;
}

}  // namespace shop
"""
MAIN = """
#include <cstdio>

#include "shop.hpp"

int main() {
  const std::size_t total = shop::run_day(12);
  std::printf("%zu\\n", total);
  return total == 0;
}
"""


class Tree:
    """The sources, and how a commit changes them."""

    def __init__(self):
        self.files = {"Makefile": MAKEFILE, "library/shop.hpp": SHOP, "library/orders.cpp": ORDERS,
                      "library/sessions.cpp": SESSIONS, "library/day.cpp": DAY,
                      "program/main.cpp": MAIN}

    def replace(self, path, old, new):
        if old not in self.files[path]:
            raise Failure(f"{path} has no {old!r}")
        self.files[path] = self.files[path].replace(old, new)

    def replace_everywhere(self, old, new):
        for path in self.files:
            self.files[path] = self.files[path].replace(old, new)

    def rename(self, old, new):
        self.files[new] = self.files.pop(old)


@dataclass
class Commit:
    """`expected`: (state, kind, function) of each finding; `accepted`: the team takes it into its
    baseline; `drops_lines`: and lets go what is not there any more."""

    message: str
    change: object
    expected: set = field(default_factory=set)
    accepted: bool = False
    drops_lines: bool = False

    def passes(self):
        return not any(state in ("new", "grown") and kind in ("lost", "cycle")
                       for state, kind, _ in self.expected)


def nothing(_):
    pass


def labels_are_forgotten(tree):
    tree.replace("library/orders.cpp", "  delete[] copy;\n",
                 "  if (text[0] != '1') {\n    delete[] copy;\n  }\n")


def lines_move(tree):
    tree.replace("library/orders.cpp", "namespace shop {\n", """namespace shop {
namespace {

// Orders of nobody are no orders.
bool is_order(const char* text) {
  return text != nullptr && *text != 0;
}

}  // namespace
""")
    tree.replace("library/orders.cpp", "  order made;\n",
                 "  order made;\n  if (!is_order(text)) {\n    return made;\n  }\n")


def peers_own_their_sessions(tree):
    tree.replace("library/sessions.cpp", "  return opened;\n",
                 "  if (number % 4 == 0) {\n    opened->other->owner = opened;\n  }\n"
                 "  return opened;\n")


def files_are_renamed(tree):
    tree.rename("library/orders.cpp", "library/text/parsing.cpp")
    text = tree.files["library/text/parsing.cpp"]
    start, end = text.index("std::string label_of"), text.index("order parse_order")
    tree.files["library/text/labels.cpp"] = ("#include <cstring>\n\n#include \"shop.hpp\"\n\n"
                                             "namespace shop {\n\n" + text[start:end] +
                                             "}  // namespace shop\n")
    tree.files["library/text/parsing.cpp"] = text[:start] + text[end:]
    tree.rename("library/sessions.cpp", "library/people.cpp")


def a_caller_is_renamed(tree):
    tree.replace_everywhere("run_day", "run_shift")


def labels_grow_and_receipts_leak(tree):
    tree.replace("library/text/labels.cpp", "  if (text[0] != '1') {", "  if (text[0] == 'x') {")
    tree.replace("library/day.cpp", "  ring<int> last;\n",
                 "  auto& last = ring<int>::make();\n")


def a_namespace_comes_and_an_argument_changes(tree):
    """The library's callers by the new name, the ring of another type."""
    tree.replace("library/shop.hpp", "std::size_t take_orders(const std::vector<std::string>& lines);",
                 "namespace desk {\nstd::size_t take_orders(const std::vector<std::string>& lines);\n}")
    tree.replace("library/text/parsing.cpp", "std::size_t take_orders",
                 "std::size_t desk::take_orders")
    tree.replace("library/day.cpp", "take_orders(", "desk::take_orders(")
    tree.replace("library/day.cpp", "ring<int>", "ring<long>")


def labels_are_held_by_their_ends(tree):
    tree.replace("library/text/labels.cpp", "std::string label_of(const char* text) {",
                 "const char* ends[64];\nstd::size_t end_count;\n\n"
                 "std::string label_of(const char* text) {")
    tree.replace("library/text/labels.cpp", "  std::string label(copy);\n",
                 "  std::string label(copy);\n  ends[end_count++ % 64] = copy + 8;\n")
    tree.replace("library/people.cpp", "number % 4 == 0", "number == 0")


def everything_but_labels_is_mended(tree):
    tree.replace("library/day.cpp", "  auto& last = ring<long>::make();\n", "  ring<long> last;\n")
    tree.replace("library/shop.hpp", "  std::shared_ptr<session> owner;\n",
                 "  std::weak_ptr<session> owner;\n")
    tree.replace("library/text/labels.cpp", "copy + 8;", "nullptr;")


def the_shop_is_a_store(tree):
    """Not one frame is called what it was: nobody can tell that it is the same leak."""
    tree.replace_everywhere("namespace shop", "namespace store")
    tree.replace_everywhere("shop::", "store::")


LABEL, SESSION, RING = "label_of", "open_session", "make"  # what the ring holds is lost with it
COMMITS = [
    Commit("Orders, sessions and receipts", nothing),
    Commit("Labels that begin with 1 stay", labels_are_forgotten, {("new", "lost", LABEL)},
           accepted=True),
    Commit("Orders of nobody", lines_move, {("known", "lost", LABEL)}),
    Commit("Peers own their sessions", peers_own_their_sessions,
           {("known", "lost", LABEL), ("new", "cycle", SESSION)}, accepted=True),
    Commit("Files by what is in them", files_are_renamed,
           {("known", "lost", LABEL), ("known", "cycle", SESSION)}),
    Commit("A day is a shift", a_caller_is_renamed,
           {("moved", "lost", LABEL), ("known", "cycle", SESSION)}, accepted=True, drops_lines=True),
    Commit("All labels stay, and the ring", labels_grow_and_receipts_leak,
           {("grown", "lost", LABEL), ("known", "cycle", SESSION), ("new", "lost", RING)},
           accepted=True),
    Commit("The desk has a namespace", a_namespace_comes_and_an_argument_changes,
           {("moved", "lost", LABEL), ("known", "cycle", SESSION), ("known", "lost", RING)},
           accepted=True, drops_lines=True),
    Commit("Labels by their ends", labels_are_held_by_their_ends,
           {("changed", "possibly_lost", LABEL), ("shrunk", "cycle", SESSION),
            ("known", "lost", RING)}, accepted=True, drops_lines=True),
    Commit("The ring and the sessions go, a label is lost again", everything_but_labels_is_mended,
           {("changed", "lost", LABEL), ("fixed", "cycle", SESSION), ("fixed", "lost", RING)},
           accepted=True, drops_lines=True),
    Commit("The shop is a store", the_shop_is_a_store,
           {("new", "lost", LABEL), ("fixed", "lost", LABEL)}, accepted=True, drops_lines=True),
]


@dataclass
class Variant:
    """A compiler and its options."""

    compiler: str
    level: str

    def name(self):
        return f"{self.compiler} {self.level}"

    def folder(self):
        return f"{self.compiler}{self.level}".replace("+", "x")


def git(repository, *words):
    env = {"PATH": os.environ["PATH"], "HOME": str(repository), "GIT_CONFIG_GLOBAL": "/dev/null"}
    for role in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{role}_NAME": "a", f"GIT_{role}_EMAIL": "a@example.org",
                f"GIT_{role}_DATE": "1700000000 +0000"}
    done = run(["git", "-C", repository, *words], env)
    if done.status != 0:
        raise Failure(f"git {words[0]}: {done.stderr.decode()}")
    return done.stdout.decode()


def make_repository(folder):
    """The commits, oldest first, as git knows them."""
    repository = Path(folder) / "repository"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    tree = Tree()
    for commit in COMMITS:
        commit.change(tree)
        for old in git(repository, "ls-files").split():
            (repository / old).unlink()
        for path, text in tree.files.items():
            (repository / path).parent.mkdir(parents=True, exist_ok=True)
            (repository / path).write_text(text)
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", commit.message)
    return repository, git(repository, "rev-list", "--reverse", "HEAD").split()


def make(repository, variant, out):
    done = run(["make", "-C", repository, f"CXX={variant.compiler}",
                f"CXXFLAGS={variant.level} -g", f"OUT={out}"])
    if done.status != 0:
        raise Failure(done.stderr.decode())
    return out / "shop"

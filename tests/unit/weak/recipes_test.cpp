// Recipes that Python's documentation has for weakref.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <track/finalize.hpp>
#include <track/make_shared.hpp>

namespace track {
namespace {

namespace fs = std::filesystem;

class temp_dir {
 public:
  // `name`: of the folder to be.
  static std::shared_ptr<temp_dir> make(const fs::path& name) {
    fs::create_directory(name);
    auto made = track::make_shared<temp_dir>();
    made->remove_ = finalize(
        made, [](const fs::path& path) { fs::remove_all(path); }, name);
    return made;
  }
  bool remove() { return remove_(); }
  bool removed() const { return !remove_.alive(); }

 private:
  finalizer remove_;
};

fs::path some_name() {
  std::string name = testing::TempDir() + "track-recipe-XXXXXX";
  return fs::path(mkdtemp(name.data())) / "folder";
}

TEST(Recipes, X03_a_temporary_folder_is_removed_by_hand_and_once) {
  const fs::path name = some_name();
  const auto folder = temp_dir::make(name);
  EXPECT_TRUE(fs::exists(name));
  EXPECT_FALSE(folder->removed());
  EXPECT_TRUE(folder->remove());
  EXPECT_TRUE(folder->removed());
  EXPECT_FALSE(fs::exists(name));
  EXPECT_FALSE(folder->remove());
}

TEST(Recipes, X03_a_temporary_folder_goes_with_its_object) {
  const fs::path name = some_name();
  temp_dir::make(name);
  EXPECT_FALSE(fs::exists(name));
}

TEST(RecipesDeathTest, X03_a_temporary_folder_goes_at_exit) {
  const fs::path name = some_name();
  EXPECT_EXIT(
      {
        new std::shared_ptr<temp_dir>(temp_dir::make(name));  // alive to the end
        std::exit(fs::exists(name) ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_FALSE(fs::exists(name));
}

}  // namespace
}  // namespace track

// SPDX-License-Identifier: Apache-2.0
// Decoding and resizing beside what Pillow gives for the same files
// (tests/data/network/pictures/make_pictures.py), to the last bit.
#include "ohmweave/network/picture.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/base/files.h"
#include "ohmweave/config/value.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/testing/files.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;
using tensor::Tensor;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

const std::string kFolder = OHMWEAVE_TEST_DATA "/network/pictures/";

Picture read(const std::string& name) { return decode_picture(base::read_file(kFolder + name), name); }

void expect_equal(const Picture& picture, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(picture.height, expected.dim(0)) << what;
  ASSERT_EQ(picture.width, expected.dim(1)) << what;
  ASSERT_EQ(picture.channels, expected.rank() == 3 ? expected.dim(2) : 1) << what;
  EXPECT_THAT(picture.pixels, ElementsAreArray(expected.data<uint8_t>())) << what;
}

TEST(Picture, IsWhatPillowReadsAndResizes) {
  int compared = 0;
  for (const auto& [key, expected] : read_npz(kFolder + "expected.npz")) {
    const size_t dot = key.rfind('.');
    const std::string last = key.substr(dot + 1), first = key.substr(0, dot);
    ++compared;
    if (last == "rgb") {
      expect_equal(in_colour(read(first)), expected, key);
    } else if (last == "grey") {
      expect_equal(in_grey(read(first)), expected, key);
    } else {  // resized.NAME.FILTER.HxW
      const size_t before = first.rfind('.'), begin = std::string("resized.").size();
      const std::string filter = first.substr(before + 1);
      for (const auto& [word, how] : config::Words<Interpolation>::values) {
        if (word != filter) continue;
        expect_equal(resized(read(first.substr(begin, before - begin)), expected.dim(0), expected.dim(1), how),
                     expected, key);
      }
    }
  }
  EXPECT_EQ(compared, 2 * 17 + 2 * 3 * 7);
}

/// What torchvision's documentation says of Resize(size) and CenterCrop.
TEST(Picture, IsFittedAsTorchvisionDoes) {
  const auto size = [](int64_t height, int64_t width, PictureOptions how) {
    Picture p{height, width, 1, std::vector<uint8_t>(static_cast<size_t>(height * width), 9)};
    p = fitted(std::move(p), how);
    return Shape{p.height, p.width};
  };
  EXPECT_EQ(size(375, 500, {{256}, {}}), (Shape{256, 341}));
  EXPECT_EQ(size(500, 375, {{256}, {}}), (Shape{341, 256}));
  EXPECT_EQ(size(10, 20, {{30, 7}, {}}), (Shape{30, 7}));
  EXPECT_EQ(size(375, 500, {{256}, {224}}), (Shape{224, 224}));
  EXPECT_EQ(size(4, 9, {{}, {2, 3}}), (Shape{2, 3}));
  Picture row{1, 6, 1, {0, 1, 2, 3, 4, 5}};
  EXPECT_THAT(centre_cropped(row, 1, 3).pixels, ElementsAre(2, 3, 4));        // round(1.5) is 2
  EXPECT_THAT(centre_cropped(row, 1, 5).pixels, ElementsAre(0, 1, 2, 3, 4));  // round(0.5) is 0
  const Picture padded = centre_cropped(row, 2, 9);  // the odd column goes to the right, the odd row below
  EXPECT_THAT(padded.pixels, ElementsAre(0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(Picture, SaysWhatIsWrongWithAFile) {
  const std::string png = base::read_file(kFolder + "rgb.png"), jpeg = base::read_file(kFolder + "rgb.jpg");
  const auto message = [](const std::string& bytes) {
    return message_of([&] { decode_picture(bytes, "a.png"); });
  };
  EXPECT_THAT(message(""), HasSubstr("a.png: error: the file is empty"));
  EXPECT_THAT(message("GIF89a"), HasSubstr("neither a PNG nor a JPEG picture"));
  for (size_t cut : {8UL, 20UL, 50UL, png.size() - 20}) {
    EXPECT_THAT(message(png.substr(0, cut)), HasSubstr("damaged PNG picture: the file is cut off")) << cut;
  }
  for (size_t cut : {10UL, 100UL, jpeg.size() / 2, jpeg.size() - 30}) {
    EXPECT_THAT(message(jpeg.substr(0, cut)), HasSubstr("damaged JPEG picture: ")) << cut;
  }
  std::string flipped = png;
  flipped[png.size() - 30] ^= 0x20;
  EXPECT_THAT(message(flipped), HasSubstr("damaged PNG picture: "));
  std::string huge = png;
  huge.replace(16, 8, std::string("\0\0\x3f\xff\0\0\x3f\xff", 8));
  EXPECT_THAT(message(huge), HasSubstr("damaged PNG picture: "));  // its checksum says so already
}

/// A folder of pictures, a copy of one of ours under each name.
void put(const TemporaryFolder& folder, const std::string& name, const std::string& of) {
  const std::filesystem::path path = std::filesystem::path(folder.path()) / name;
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::copy_file(kFolder + of, path);
}

TEST(Pictures, ClassesAreFoldersInOrder) {
  TemporaryFolder folder;
  put(folder, "val/zebra/b.png", "rgb.png");
  put(folder, "val/ant/more/a.JPG", "rgb.jpg");
  put(folder, "val/ant/z.png", "grey.png");
  put(folder, "val/Bee/x.jpeg", "progressive.jpeg");
  put(folder, "train/ant/x.jpeg", "progressive.jpeg");
  folder.put("val/ant/notes.txt", "no picture");
  PictureOptions rgb;
  rgb.colour = PictureOptions::Colour::Rgb;
  const auto set = open_data("pictures:" + folder.path() + "/val", rgb);
  EXPECT_EQ(set->name(), "val (4 pictures, 3 classes)");
  EXPECT_EQ(set->sample_shape(), (Shape{13, 17, 3}));
  EXPECT_TRUE(set->pictures());
  EXPECT_THAT(set->class_names(), ElementsAre("Bee", "ant", "zebra"));
  EXPECT_THAT(*set->labels(), ElementsAre(0, 1, 1, 2));
  const Tensor all = set->samples(0, 4);
  const auto expect_sample = [&](int64_t k, const std::string& name) {
    EXPECT_THAT(all.slice(k, k + 1).data<uint8_t>(), ElementsAreArray(in_colour(read(name)).pixels));
  };
  expect_sample(0, "progressive.jpeg");
  expect_sample(1, "grey.png");
  expect_sample(2, "rgb.jpg");
  expect_sample(3, "rgb.png");
  ASSERT_NE(set->training_split(), nullptr);
  EXPECT_EQ(set->training_split()->name(), "train (1 picture, 1 classes)");
}

TEST(Pictures, LabelsComeFromATable) {
  TemporaryFolder folder;
  put(folder, "p/a.png", "rgb.png");
  put(folder, "p/b.png", "rgba.png");
  const auto labels = [&](const std::string& table) {
    return open_data("pictures:" + folder.path() + "/p," + folder.put("labels.csv", table));
  };
  auto set = labels("b.png,3\na.png,1\n");
  EXPECT_THAT(*set->labels(), ElementsAre(3, 1));
  EXPECT_THAT(set->samples(1, 2).data<uint8_t>(), ElementsAreArray(read("rgb.png").pixels));
  set = labels("Width;ClassId;Path\r\n3;\"stop; sign\";a.png\r\n4;give way;b.png\r\n");
  EXPECT_THAT(set->class_names(), ElementsAre("give way", "stop; sign"));
  EXPECT_THAT(*set->labels(), ElementsAre(1, 0));
  EXPECT_THAT(*labels("label\n5\n6\n")->labels(), ElementsAre(5, 6));
  EXPECT_FALSE(open_data("pictures:" + folder.path() + "/p")->labels());
  const auto message = [&](const std::string& table) { return message_of([&] { labels(table); }); };
  EXPECT_THAT(message("5\n"), HasSubstr("holds 1 labels, but"));
  EXPECT_THAT(message("c.png,1\n"), HasSubstr("'c.png' is not a file in"));
  EXPECT_THAT(message("a.png,1\nb.png\n"), HasSubstr("line 2 has 1 cells, the first has 2"));
  EXPECT_THAT(message("a.png,1\nb.png,\n"), HasSubstr("line 2 has no label"));
  EXPECT_THAT(message("a.png,1,2\n"), HasSubstr("has 3 columns"));
  EXPECT_THAT(message("label\n"), HasSubstr("holds no labels"));
}

TEST(Pictures, SayWhatIsWrong) {
  TemporaryFolder folder;
  const auto message = [&](const std::string& inside, const PictureOptions& how = {}) {
    return message_of([&] {
      const auto set = open_data("pictures:" + folder.path() + inside, how);
      (void)set->samples(0, set->size());
    });
  };
  EXPECT_THAT(message("/none"), HasSubstr("there is no such folder"));
  EXPECT_THAT(message(""), HasSubstr("holds no pictures"));
  put(folder, "mixed/a.png", "grey.png");
  put(folder, "mixed/b.png", "rgb.png");
  EXPECT_THAT(message("/mixed"), HasSubstr("b.png: error: is in colour, but the first picture"));
  put(folder, "sizes/a.png", "rgb.png");
  put(folder, "sizes/b.png", "noise.png");
  EXPECT_THAT(message("/sizes"), HasSubstr("b.png: error: is 37 x 53 pixels, but the first picture"));
  EXPECT_EQ(message("/sizes", {{8}, {8}}), "no failure");
  put(folder, "classes/one/a.png", "rgb.png");
  std::filesystem::create_directories(folder.path() + "/classes/two");
  EXPECT_THAT(message("/classes"),
              HasSubstr("two: error: a folder is a class, and this one holds no pictures"));
  put(folder, "other/a.bmp", "rgb.png");
  EXPECT_THAT(message("/other"), HasSubstr("a.bmp: error: .bmp pictures are not read"));
  put(folder, "damaged/a.png", "rgb.png");
  folder.put("damaged/b.png", base::read_file(kFolder + "rgb.png").substr(0, 200));
  EXPECT_THAT(message("/damaged"), HasSubstr("damaged/b.png: error: damaged PNG picture"));
}

TEST(Pictures, OtherSetsAreFittedToo) {
  PictureOptions how;
  how.resize = {14};
  const auto set = open_data("digits", how);
  EXPECT_EQ(set->sample_shape(), (Shape{14, 14, 1}));
  const Tensor whole = open_data("digits")->samples(3, 4);
  const auto pixels = whole.data<uint8_t>();
  const Picture one{28, 28, 1, {pixels.begin(), pixels.end()}};
  EXPECT_THAT(set->samples(3, 4).data<uint8_t>(),
              ElementsAreArray(resized(one, 14, 14, Interpolation::Bilinear).pixels));
  const std::string rows = OHMWEAVE_TEST_DATA "/network/c_f4.npy";
  EXPECT_THAT(message_of([&] { open_data("npy:" + rows, how); }), HasSubstr("are for pictures of 8 bits"));
}

}  // namespace
}  // namespace ohmweave::network

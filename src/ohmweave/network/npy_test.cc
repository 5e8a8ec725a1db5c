// SPDX-License-Identifier: Apache-2.0
// The files of tests/data/network are written by NumPy itself (make_arrays.py there).
#include "ohmweave/network/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/base/files.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/testing/files.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using testing::ElementsAreArray;
using testing::HasSubstr;

std::string given(const std::string& name) { return OHMWEAVE_TEST_DATA "/network/" + name; }

class Npy : public testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& bytes) const { return folder_.put(name, bytes); }
  TemporaryFolder folder_;
};

std::string npy_message(const std::string& path) {
  return message_of([&] { read_npy(path); });
}
std::string npz_message(const std::string& path) {
  return message_of([&] { read_npz(path); });
}

/// What make_arrays.py calls `counting`, from `first` on.
std::vector<double> counting(double first = -20) {
  std::vector<double> values(24);
  for (size_t k = 0; k < values.size(); ++k) values[k] = first + 3 * static_cast<double>(k);
  return values;
}

void expect_array(const tensor::Tensor& t, Element element, const Shape& shape,
                  const std::vector<double>& values) {
  EXPECT_EQ(t.element(), element);
  EXPECT_EQ(t.shape(), shape);
  EXPECT_THAT(t.to(Element::Float64).data<double>(), ElementsAreArray(values));
}

TEST_F(Npy, ReadsEveryElementType) {
  const std::pair<const char*, Element> kSigned[] = {
      {"f2", Element::Float16}, {"f4", Element::Float32}, {"f8", Element::Float64}, {"i1", Element::Int8},
      {"i2", Element::Int16},   {"i4", Element::Int32},   {"i8", Element::Int64}};
  for (auto [name, element] : kSigned) {
    expect_array(read_npy(given(std::string("c_") + name + ".npy")), element, {2, 3, 4}, counting());
  }
  const std::pair<const char*, Element> kUnsigned[] = {
      {"u1", Element::UInt8}, {"u2", Element::UInt16}, {"u4", Element::UInt32}, {"u8", Element::UInt64}};
  for (auto [name, element] : kUnsigned) {
    expect_array(read_npy(given(std::string("c_") + name + ".npy")), element, {2, 3, 4}, counting(0));
  }
  std::vector<double> even = counting();
  for (double& x : even) x = static_cast<int>(x) % 2 == 0 ? 1 : 0;
  expect_array(read_npy(given("c_b1.npy")), Element::Bool, {2, 3, 4}, even);
}

TEST_F(Npy, ReadsEveryOrderAndVersion) {
  expect_array(read_npy(given("fortran_f4.npy")), Element::Float32, {2, 3, 4}, counting());
  expect_array(read_npy(given("big_endian_i4.npy")), Element::Int32, {2, 3, 4}, counting());
  expect_array(read_npy(given("version2_f4.npy")), Element::Float32, {2, 3, 4}, counting());
  expect_array(read_npy(given("version3_f4.npy")), Element::Float32, {2, 3, 4}, counting());
  expect_array(read_npy(given("scalar_f8.npy")), Element::Float64, {}, {2.5});
}

TEST_F(Npy, ReadsPartsInAnyOrder) {
  const std::vector<double> all = counting();
  const std::vector<double> second(all.begin() + 12, all.end());
  for (const char* name : {"c_f4.npy", "fortran_f4.npy", "big_endian_i4.npy"}) {
    NpyArray array(std::make_shared<const ByteFile>(given(name)));
    EXPECT_THAT(array.rows(1, 2).to(Element::Float64).data<double>(), ElementsAreArray(second)) << name;
    EXPECT_EQ(array.rows(2, 2).size(), 0);
  }
}

TEST_F(Npy, WritesWhatNumPyWrites) {
  for (const char* name : {"c_f2.npy", "c_f4.npy", "c_f8.npy", "c_i1.npy", "c_u1.npy", "c_i2.npy", "c_u2.npy",
                           "c_i4.npy", "c_u4.npy", "c_i8.npy", "c_u8.npy", "c_b1.npy", "scalar_f8.npy"}) {
    EXPECT_EQ(write_npy(read_npy(given(name))), base::read_file(given(name))) << name;
  }
  std::string list = write_npy(tensor::Tensor(Element::Float32, {7}));
  EXPECT_THAT(list, HasSubstr("'shape': (7,), }"));
  EXPECT_EQ(list.size(), 128 + 28U);
}

TEST_F(Npy, SaysWhatIsWrong) {
  EXPECT_THAT(npy_message(given("complex.npy")), HasSubstr("complex.npy: error: holds elements of type '<c8'"));
  EXPECT_THAT(npy_message(given("records.npy")), HasSubstr("records of several fields"));
  EXPECT_THAT(npy_message(given("none.npy")), HasSubstr("cannot read: No such file"));
  EXPECT_THAT(npy_message(given("")), HasSubstr("it is a directory"));
  EXPECT_THAT(npy_message("/dev/null"), HasSubstr("not a regular file"));
  EXPECT_THAT(npy_message(put("png", "\x89PNG and more of it")), HasSubstr("not a .npy array"));
  EXPECT_THAT(npy_message(put("empty", "")), HasSubstr("not a .npy array"));
}

TEST_F(Npy, DoesNotTrustHeaders) {
  const std::string good = base::read_file(given("c_f4.npy"));
  auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    size_t at = bytes.find(from);
    bytes.replace(at, from.size(), to);
    bytes.erase(bytes.find(' ', bytes.find('}')), to.size() - from.size());  // the header keeps its length
    return npy_message(put("changed", bytes));
  };
  EXPECT_THAT(
      changed("(2, 3, 4)", "(2000000000, 3000000000, 4)"),
      HasSubstr("truncated: its header says 2000000000x3000000000x4 float32, but only 96 bytes follow"));
  EXPECT_THAT(changed("(2, 3, 4)", "(0, 9000000000000000, 9000000000000000)"), HasSubstr("truncated"));
  EXPECT_THAT(changed("(2, 3, 4)", "(2, 3, -4)"), HasSubstr("no whole number"));
  EXPECT_THAT(changed("(2, 3, 4)", "(2, 3, 99999999999999999999)"), HasSubstr("no whole number"));
  EXPECT_THAT(changed("'descr'", "'decsr'"), HasSubstr("unknown key 'decsr'"));
  EXPECT_THAT(changed("False", "Maybe"), HasSubstr("True or False expected"));
  EXPECT_THAT(changed("'fortran_order': False, ", "                        "), HasSubstr("each once"));
}

TEST_F(Npy, EveryCutIsNoticed) {
  const std::string good = base::read_file(given("c_i4.npy"));
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_THAT(npy_message(put("cut", good.substr(0, length))),
                testing::AnyOf(HasSubstr("truncated"), HasSubstr("not a .npy array")))
        << length;
  }
}

TEST_F(Npy, ReadsArchives) {
  auto stored = read_npz(given("stored.npz"));
  ASSERT_EQ(stored.size(), 4U);
  EXPECT_EQ(stored[0].first, "x_test");
  EXPECT_EQ(stored[0].second.shape(), (Shape{4, 5, 6, 3}));
  EXPECT_EQ(stored[0].second.data<uint8_t>()[300], 300 - 251);
  EXPECT_THAT(stored[1].second.data<int64_t>(), testing::ElementsAre(3, 1, 4, 1));
  auto deflated = read_npz(given("deflated.npz"));
  ASSERT_EQ(deflated.size(), 2U);
  EXPECT_EQ(deflated[1].first, "y");
  EXPECT_THAT(deflated[0].second.data<uint8_t>(), ElementsAreArray(stored[0].second.data<uint8_t>()));
}

TEST_F(Npy, NoticesDamagedArchives) {
  const std::string good = base::read_file(given("deflated.npz"));
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_THAT(npz_message(put("cut", good.substr(0, length))), HasSubstr("npz archive")) << length;
  }
  for (size_t k = 0; k < good.size(); ++k) {  // any single byte: an error or what it was, never anything else
    std::string bytes = good;
    bytes[k] = static_cast<char>(bytes[k] ^ 0x55);
    std::string path = put("damaged", bytes);
    std::string message = npz_message(path);
    if (message == "no failure") {
      EXPECT_LE(read_npz(path).size(), 2U);
    }
  }
  std::string wrong = good;
  wrong[good.find("PK\1\2") + 16] ^= 1;
  EXPECT_THAT(npz_message(put("checksum", wrong)), HasSubstr("checksum"));
}

TEST_F(Npy, RefusesToInflateWithoutEnd) {
  // 1 MiB of zeros in gzip; the limit stands in for the real one of 2 GiB.
  std::string zeros(1 << 20, '\0');
  std::string gz = base::read_file(given("zeros.gz"));
  EXPECT_EQ(inflate(gz, Wrapping::Gzip, 1 << 20, "zeros"), zeros);
  EXPECT_THAT(message_of([&] { inflate(gz, Wrapping::Gzip, (1 << 20) - 1, "zeros"); }),
              HasSubstr("give it uncompressed"));
  EXPECT_THAT(message_of([&] { inflate(gz.substr(0, gz.size() - 1), Wrapping::Gzip, 1 << 20, "zeros"); }),
              HasSubstr("truncated"));
  EXPECT_EQ(inflate(gz + gz, Wrapping::Gzip, 2 << 20, "twice").size(), zeros.size() * 2);
}

}  // namespace
}  // namespace ohmweave::network

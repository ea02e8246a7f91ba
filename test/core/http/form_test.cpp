// SPDX-License-Identifier: MIT
// Forms that are too large, cut short, or spooled: what the vectors of Werkzeug do not ask.
#include <csgi/http/form.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include <unistd.h>

using namespace csgi;

namespace {

std::string head(const std::string &name) {
    return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n";
}

std::string file_head(const std::string &name) {
    return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"x\"\r\n\r\n";
}

// Feeds a body in pieces of a size.
Form read(const std::string &body, std::size_t piece, const FormLimits &limits = {}) {
    FormReader reader("B", limits);
    for (std::size_t at = 0; at < body.size(); at += piece)
        reader.feed(std::string_view(body).substr(at, piece));
    return reader.finish();
}

template <class F>
std::string thrown(F f) {
    try {
        f();
    } catch (const TooLarge &error) {
        return std::string("413 ") + error.what();
    } catch (const MalformedBody &error) {
        return std::string("400 ") + error.what();
    }
    return "taken";
}

} // namespace

TEST_CASE("fields and files keep their order and bytes, however they arrive") {
    MultipartEncoder encoder("B");
    std::string bytes;
    for (int i = 0; i < 3000; ++i) bytes += static_cast<char>(i * 7);
    encoder.add_field("a", "1");
    encoder.add_file("f\"x", "n\r\nm.txt", "text/plain", bytes);
    encoder.add_field("a", "\xc3\xa9\r\n--B-");
    const std::string body = encoder.finish();
    for (const std::size_t piece : {1, 2, 3, 7, 64, 100'000}) {
        const Form form = read(body, piece);
        REQUIRE(form.fields.size() == 2);
        CHECK(form.fields.get_all("a")[0] == "1");
        CHECK(form.fields.get_all("a")[1] == "\xc3\xa9\r\n--B-");
        REQUIRE(form.files.size() == 1);
        CHECK(form.files[0].name == "f\"x");
        CHECK(form.files[0].filename == "n%0D%0Am.txt");
        CHECK(form.files[0].content_type == "text/plain");
        CHECK(form.files[0].content.text() == bytes);
    }
    const auto form = parse_form(encoder.content_type(), body);
    CHECK(form->fields.size() == 2);
    CHECK_FALSE(parse_form("text/plain", body));
}

TEST_CASE("a million parts, an endless head and a huge field are refused early") {
    std::string parts;
    for (int i = 0; i < 1'000'000; ++i)
        parts += "--B\r\nContent-Disposition:form-data;name=a\r\n\r\n\r\n";
    CHECK(thrown([&] { read(parts, 65536); }) == "413 more than 1000 parts of a form");
    std::string files;
    for (int i = 0; i < 3; ++i) files += file_head("f") + "x\r\n";
    CHECK(thrown([&] { read(files, 7, {.parts = 2}); }) == "413 more than 2 parts of a form");
    CHECK(thrown([] { read("--B\r\nX: " + std::string(10'000'000, 'x'), 65536); }) ==
          "413 more than 16384 bytes above a part's data");
    CHECK(thrown([] { read(head("a") + std::string(10'000'000, 'x'), 65536); }) ==
          "413 a form field of more than 500000 bytes");
    std::string many;
    for (int i = 0; i < 50; ++i) many += head("a") + std::string(499'000, 'x') + "\r\n";
    CHECK(thrown([&] { read(many, 65536); }) ==
          "413 form fields of more than 16000000 bytes together");
}

TEST_CASE("a boundary that is too long, or no ASCII, is refused") {
    CHECK(thrown([] { FormReader reader(""); }) == "400 multipart/form-data without a boundary");
    CHECK(thrown([] { FormReader reader(std::string(1 << 20, 'b')); }) ==
          "400 a multipart boundary of 1048576 bytes; 200 are allowed");
    CHECK(thrown([] { FormReader reader("\xc3\xa9"); }) ==
          "400 a multipart boundary that is not ASCII");
    CHECK(thrown([] { FormReader reader(std::string(200, 'b')); }) == "taken");
}

TEST_CASE("a body that ends early or says nothing is malformed") {
    CHECK(thrown([] { read(head("a") + "x", 5); }) ==
          "400 multipart/form-data that ends too early");
    CHECK(thrown([] { read("", 5); }) == "400 multipart/form-data that ends too early");
    CHECK(thrown([] { read("no boundary at all", 5); }) ==
          "400 multipart/form-data that ends too early");
    CHECK(thrown([] { read("--B\r\nX: y\r\n\r\nx\r\n--B--", 50); }) ==
          "400 a part without Content-Disposition");
}

TEST_CASE("data that nearly ends a part costs no more than other data") {
    // Each line begins like a boundary; blanks might make one of it.
    std::string data;
    while (data.size() < 4'000'000) data += "\r\n--B" + std::string(200, ' ') + "x";
    const Form form = read(file_head("f") + data + "\r\n--B--\r\n", 4096);
    CHECK(form.files[0].content.size() == data.size());
    CHECK(form.files[0].content.text() == data);
}

TEST_CASE("many small files together take no more memory than fields may") {
    std::string body;
    for (int i = 0; i < 3; ++i) body += file_head("f") + std::string(50, 'x') + "\r\n";
    const Form form = read(body + "--B--\r\n", 9, {.memory = 100});
    REQUIRE(form.files.size() == 3);
    CHECK_FALSE(form.files[0].content.on_disk());
    CHECK_FALSE(form.files[1].content.on_disk());
    CHECK(form.files[2].content.on_disk());
    CHECK(form.files[2].content.text() == std::string(50, 'x'));
}

TEST_CASE("files of a form that go to the disk share one descriptor, and keep their bytes apart") {
    std::string body;
    for (int i = 0; i < 300; ++i)
        body += file_head("f") + std::to_string(i) +
                std::string(static_cast<std::size_t>(i % 7), 'x') + "\r\n";
    const Form form = read(body + "--B--\r\n", 11, {.memory = 0});
    REQUIRE(form.files.size() == 300);
    for (int i = 0; i < 300; ++i) {
        const Spool &content = form.files[static_cast<std::size_t>(i)].content;
        CAPTURE(i);
        CHECK(content.on_disk());
        CHECK(content.descriptor() == form.files[0].content.descriptor());
        CHECK(content.text() ==
              std::to_string(i) + std::string(static_cast<std::size_t>(i % 7), 'x'));
    }
    auto shared = std::make_shared<SpoolFile>();
    Spool one(0, shared), two(0, shared);
    one.write("a");
    two.write("b");
    CHECK_THROWS_AS(one.write("c"), std::logic_error);
}

TEST_CASE("what is large lies in a file without a name, and is saved from there") {
    Spool spool(10);
    spool.write("0123456789");
    CHECK_FALSE(spool.on_disk());
    spool.write("x");
    CHECK(spool.on_disk());
    CHECK(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(spool.descriptor()))
              .string()
              .find("(deleted)") != std::string::npos);
    spool.write(std::string(100'000, 'y'));
    CHECK(spool.size() == 100'011);
    char piece[4];
    CHECK(spool.read(9, piece, 4) == 4);
    CHECK(std::string(piece, 4) == "9xyy");
    CHECK(spool.read(200'000, piece, 4) == 0);
    CHECK_THROWS_AS(spool.text(100), std::length_error);
    const Spool moved = std::move(spool);
    const std::string path =
        (std::filesystem::temp_directory_path() / ("csgi-form-test-" + std::to_string(getpid())))
            .string();
    moved.save(path);
    std::ifstream file(path);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == moved.text());
    std::filesystem::remove(path);
    CHECK_THROWS_AS(moved.save("/nowhere/at/all"), std::system_error);
}

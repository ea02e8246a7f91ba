// SPDX-License-Identifier: MIT
// doctest's main, once, with a reporter that writes TAP: one line per case, which people can read
// and `./dev test` can count. A case that cannot run here says MESSAGE("SKIP: why") and returns.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>
#include <sstream>
#include <string>

namespace {

class TapReporter : public doctest::IReporter {
public:
    explicit TapReporter(const doctest::ContextOptions &options) : out_(*options.cout) {}

    void report_query(const doctest::QueryData &query) override {
        for (unsigned i = 0; i < query.num_data; ++i) out_ << query.data[i]->m_name << '\n';
    }
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats &stats) override {
        out_ << "1.." << count_ << '\n';
        out_ << "# " << stats.numAsserts << " assertions" << std::endl;
    }
    void test_case_start(const doctest::TestCaseData &data) override {
        data_ = &data;
        skip_.clear();
        failed_ = false;
    }
    // Called between the runs of a case with subcases: it goes on.
    void test_case_reenter(const doctest::TestCaseData &) override {}
    void test_case_end(const doctest::CurrentTestCaseStats &stats) override {
        const bool ok = stats.testCaseSuccess && !failed_;
        out_ << (ok ? "ok " : "not ok ") << ++count_ << " - " << data_->m_name;
        if (!skip_.empty()) out_ << " # SKIP " << skip_;
        out_ << std::endl;
    }
    void test_case_exception(const doctest::TestCaseException &e) override {
        failed_ = true;
        comment(data_->m_file.c_str(), data_->m_line,
                std::string(e.is_crash ? "crash: " : "exception: ") + e.error_string.c_str());
    }
    void subcase_start(const doctest::SubcaseSignature &) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData &data) override {
        if (!data.m_failed) return;
        std::ostringstream text;
        text << doctest::assertString(data.m_at) << "( " << data.m_expr << " )";
        if (data.m_threw)
            text << " threw: " << data.m_exception.c_str();
        else
            text << " is " << data.m_decomp.c_str();
        comment(data.m_file, data.m_line, text.str());
        for (int i = 0; i < doctest::IReporter::get_num_active_contexts(); ++i) {
            std::ostringstream context;
            doctest::IReporter::get_active_contexts()[i]->stringify(&context);
            comment(data.m_file, data.m_line, "with " + context.str());
        }
    }
    void log_message(const doctest::MessageData &data) override {
        const std::string text = data.m_string.c_str();
        if (text.rfind("SKIP: ", 0) == 0)
            skip_ = text.substr(6);
        else
            comment(data.m_file, data.m_line, text);
    }
    // Only for cases that a filter on the command line, or a decorator, takes out.
    void test_case_skipped(const doctest::TestCaseData &) override {}

private:
    void comment(const char *file, unsigned line, const std::string &text) {
        out_ << "# " << file << ':' << line << ": ";
        for (char c : text) out_ << (c == '\n' ? "\n#   " : std::string(1, c));
        out_ << std::endl;
    }

    std::ostream &out_;
    const doctest::TestCaseData *data_ = nullptr;
    std::string skip_;
    unsigned count_ = 0;
    bool failed_ = false;
};

REGISTER_REPORTER("tap", 0, TapReporter);

} // namespace

int main(int argc, char **argv) {
    doctest::Context context;
    context.addFilter("reporters", "tap");
    context.applyCommandLine(argc, argv);
    return context.run();
}

// SPDX-License-Identifier: MIT
// The arguments of the command.
#include "adapters/cli/options.hpp"

#include "adapters/cli/arguments.hpp"
#include "adapters/cli/console.hpp"
#include "adapters/cli/ranges.hpp"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

namespace csgi {

namespace {

constexpr const char *grammar =
    "TARGET is a module's file, such as ./hello.so, or ./hello.so:FACTORY for one of several\n"
    "applications in it.\n"
    "CONFIG is key=value,key=value; \\ takes the meaning from the character behind it.\n";

constexpr const char *run_footer =
    "ADDR is 127.0.0.1:8000, [::1]:8000, :8000 (every address), unix:/path.sock[,mode=0660] or\n"
    "fd:3; port 0 lets the kernel choose. Without --http, the sockets that systemd passes on are\n"
    "taken. SIZE may end in K, M or G.\n"
    "Signals: TERM and INT finish what is in flight and end; HUP starts new workers with what the\n"
    "module's file (and CERT and KEY) hold now, then ends the old ones; USR1 opens the logs\n"
    "again.\n"
    "\n"
    "  csgi run ./hello.so\n"
    "  csgi run ./blog.so --http :8000 --config root=/srv/blog --use ./cors.so:origins=*\n"
    "  csgi run ./blog.so --http :8443 --tls chain.pem,key.pem\n"
    "  csgi run ./blog.so --fastcgi unix:/run/blog.sock\n";

constexpr const char *check_footer =
    "Loads the module in child processes, puts questions to it, and sends it requests under the\n"
    "lint. Each line of the report names the rule of the specification that it is about.\n"
    "\n"
    "  csgi check ./blog.so --config root=/srv/blog --path /posts\n";

void judge_marks(const csgi_serve_options &serve) {
    uint64_t high = serve.high_mark ? serve.high_mark : 64 << 10;
    uint64_t low = serve.low_mark ? serve.low_mark : 16 << 10;
    uint64_t hard = serve.hard_mark ? serve.hard_mark : 1 << 20;
    if (low > high || high > hard)
        wrong("--low-mark, --high-mark and --hard-mark must rise in this order",
              std::to_string(low) + ", " + std::to_string(high) + ", " + std::to_string(hard),
              "give those that stand against the others' defaults too");
}

// As CLI11 gives them; what they mean is judged when all are there.
struct Raw {
    Options options;
    std::string target, config, log_level, tls, action, topic;
    std::vector<std::string> layers;
    double drain = 10, limit = 5;
};

// ---- Verbs: what the parser knows of, in the order in which it was told -------------------------

CLI::App *add_verb(CLI::App &app, Raw &raw, Options::Verb verb, const char *name,
                   const char *text) {
    CLI::App *added = app.add_subcommand(name, text);
    added->callback([&raw, verb] { raw.options.verb = verb; });
    return added;
}

CLI::App *find_verb(CLI::App &app, const std::string &name) {
    const auto found =
        app.get_subcommands([&](CLI::App *verb) { return verb->get_name() == name; });
    return found.empty() ? nullptr : found[0];
}

std::string one_of(const CLI::App &app) {
    std::string text;
    for (const CLI::App *verb : app.get_subcommands({}))
        text.append(text.empty() ? "one of: " : ", ").append(verb->get_name());
    return text;
}

// ---- Options ------------------------------------------------------------------------------------

// One value each time the option is given, so that what follows may be the TARGET.
CLI::Option *add_list(CLI::App *verb, const char *name, std::vector<std::string> &to,
                      const char *text, const char *type) {
    return verb->add_option(name, to, text)
        ->type_name(type)
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
}

template <class Number>
void add_size(CLI::App *verb, const char *name, Number &to, const char *text, double most = 1e18) {
    verb->add_option(name, to, text)
        ->type_name("SIZE")
        ->transform(CLI::AsSizeValue(false).description(""))
        ->check(between(1, most))
        ->group("Limits");
}

void add_stack(CLI::App *verb, Raw &raw) {
    verb->add_option("TARGET", raw.target, "the application's module")->required();
    verb->add_option("--config", raw.config, "the application's configuration")
        ->type_name("CONFIG");
    add_list(verb, "--use", raw.layers,
             "a middleware module around the application; the first is the outermost",
             "FILE.so[:CONFIG]");
}

void add_run(CLI::App &app, Raw &raw) {
    csgi_serve_options &serve = raw.options.serve;
    CLI::App *run = add_verb(app, raw, Options::Verb::run, "run", "serve a module");
    add_stack(run, raw);
    add_list(run, "--http", raw.options.listen,
             "where to listen (127.0.0.1:8000); may be given several times", "ADDR");
    add_list(run, "--https", raw.options.tls_listen,
             "where to listen for encrypted connections; may be given several times", "ADDR");
    run->add_option("--tls", raw.tls,
                    "certificate chain and private key, two PEM files, read again at HUP: for the "
                    "--https addresses, or without any for all --http addresses")
        ->type_name("CERT,KEY");
    add_list(run, "--fastcgi", raw.options.fastcgi_listen,
             "where to listen for web servers that speak FastCGI, instead of --http; fd:0 is what "
             "spawn-fcgi passes on; may be given several times",
             "ADDR");
    run->add_flag("--fastcgi-public", raw.options.fastcgi_public,
                  "let --fastcgi listen beyond this machine: whoever gets there is believed "
                  "whatever it says of its clients");
    run->add_flag("--debug", raw.options.debug, "--lint, and a log of everything");
    run->add_flag("--lint", raw.options.lint,
                  "watch application, layers and server for broken rules");
    run->add_option("--drain", raw.drain, "how long answers in flight may take after TERM (10)")
        ->type_name("SECONDS")
        ->check(between(0, 4e6));
    run->add_option("--log-level", raw.log_level,
                    "the least that is logged: debug, info (default), warning, error, fatal")
        ->type_name("LEVEL")
        ->check(CLI::IsMember({"debug", "info", "warning", "error", "fatal"}).description(""));
    run->add_option("--max-fields", serve.max_fields, "fields of a request (100)")
        ->type_name("N")
        ->check(between(1, 65000))
        ->group("Limits");
    add_operation(run, raw.options.operation, serve);
    add_size(run, "--max-head", serve.max_head, "a request's head (32000)", 32000);
    add_size(run, "--max-body", serve.max_body, "a request's body (1G)");
    add_size(run, "--high-mark", serve.high_mark, "of an answer: queued, when it is paused (64K)");
    add_size(run, "--low-mark", serve.low_mark, "when it goes on (16K)");
    add_size(run, "--hard-mark", serve.hard_mark, "when no more is taken (1M)");
    run->footer(std::string(grammar) + run_footer);
}

void add_check(CLI::App &app, Raw &raw) {
    CLI::App *check =
        add_verb(app, raw, Options::Verb::check, "check", "judge a module by the rules");
    add_stack(check, raw);
    add_list(check, "--path", raw.options.paths,
             "what requests ask for (/); may be given several times", "PATH");
    check->add_option("--limit", raw.limit, "how long one step may take (5)")
        ->type_name("SECONDS")
        ->check(between(0.1, 3600));
    check->footer(std::string(grammar) + check_footer);
}

void add_routes(CLI::App &app, Raw &raw) {
    CLI::App *routes =
        add_verb(app, raw, Options::Verb::routes, "routes", "list what an application answers to");
    routes->add_option("TARGET", raw.target, "the application's module")->required();
    routes->add_option("--config", raw.config, "the application's configuration")
        ->type_name("CONFIG");
    routes
        ->add_option("-s,--sort", raw.options.sort,
                     "by: endpoint (default), methods, domain, rule, or match: as they are")
        ->type_name("COLUMN")
        ->check(CLI::IsMember({"endpoint", "methods", "domain", "rule", "match"}).description(""));
    routes->add_flag("--all-methods", raw.options.all_methods, "HEAD and OPTIONS as well");
    routes->footer(grammar);
}

void add_render(CLI::App &app, Raw &raw) {
    CLI::App *render =
        add_verb(app, raw, Options::Verb::render, "render", "print one template, rendered");
    render->add_option("FILE", raw.options.templates, "the template; its folder has the others")
        ->required();
    render->add_option("--json", raw.options.context,
                       "its variables: a file with one JSON object, or the object itself");
}

void add_templates(CLI::App &app, Raw &raw) {
    CLI::App *templates = add_verb(app, raw, Options::Verb::templates, "templates",
                                   "find templates that cannot work, and what they use");
    templates->add_option("ACTION", raw.action, "check")
        ->required()
        ->check(CLI::IsMember(std::vector<std::string>{"check"}));
    templates->add_option("FOLDER", raw.options.templates, "where they lie")->required();
}

void add_tool(CLI::App &app, Raw &raw) {
    CLI::App *tool =
        add_verb(app, raw, Options::Verb::tool, "tool", "answer questions in JSON as Flask would");
    tool->add_option("NAME", raw.options.tool, "one of: http, routing, session, template")
        ->required();
}

void add_help(CLI::App &app, Raw &raw) {
    const std::string others = one_of(app);
    CLI::App *help = add_verb(app, raw, Options::Verb::help, "help", "what a command does");
    help->add_option("COMMAND", raw.topic, others);
}

// Where to listen, encrypted or not.
void finish_addresses(Raw &raw) {
    Options &options = raw.options;
    for (const std::string &address : options.fastcgi_listen) {
        judge_address(address, "--fastcgi");
        if (!options.fastcgi_public && is_public(address))
            wrong("an address that other machines may reach", "--fastcgi " + address,
                  "listen on 127.0.0.1, [::1] or unix:/path.sock, or say --fastcgi-public");
    }
    if (!options.fastcgi_listen.empty() &&
        (!options.listen.empty() || !options.tls_listen.empty() || !raw.tls.empty()))
        wrong("one process speaks HTTP or FastCGI, not both",
              "--fastcgi " + options.fastcgi_listen[0],
              "start another `csgi run` for the addresses of --http and --https");
    for (const std::string &address : options.listen) judge_address(address, "--http");
    for (const std::string &address : options.tls_listen) judge_address(address, "--https");
    if (raw.tls.empty()) {
        if (!options.tls_listen.empty())
            wrong("no certificate for an encrypted address", "--https " + options.tls_listen[0],
                  "name one, and its key: --tls CERT,KEY");
        return;
    }
    const size_t comma = raw.tls.find(',');
    if (comma == 0 || comma == raw.tls.npos || comma + 1 == raw.tls.size())
        wrong("a certificate and a key are needed", "--tls " + raw.tls,
              "write two files with a comma between them: --tls chain.pem,key.pem");
    options.tls_cert = raw.tls.substr(0, comma);
    options.tls_key = raw.tls.substr(comma + 1);
    options.tls_only = options.tls_listen.empty();
}

Options finish(Raw &raw) {
    Options &options = raw.options;
    options.target = target_of(raw.target);
    options.target.config = raw.config;
    if (options.verb == Options::Verb::check && !options.target.factory.empty())
        wrong("a factory cannot be checked by its name", raw.target,
              "name the file alone: " + options.target.file);
    judge_config(raw.config, "--config");
    for (const std::string &layer : raw.layers) options.layers.push_back(layer_of(layer));
    finish_addresses(raw);
    for (const std::string &path : options.paths)
        if (path.empty() || path[0] != '/')
            wrong("a path begins with /", "--path " + path, "put one in front");
    if (options.paths.empty()) options.paths.push_back("/");
    judge_marks(options.serve);
    judge_operation(options.operation);
    static constexpr const char *levels[] = {"debug", "info", "warning", "error", "fatal"};
    options.serve.log_level = options.debug ? CSGI_LOG_DEBUG : CSGI_LOG_INFO;
    for (int32_t level = 0; level < 5; level++)
        if (raw.log_level == levels[level]) options.serve.log_level = level;
    options.lint |= options.debug;
    // 0 stands for the default there, and for "at once" here.
    options.serve.drain_ms = std::max(1u, static_cast<uint32_t>(raw.drain * 1000));
    options.limit = std::chrono::milliseconds(static_cast<int64_t>(raw.limit * 1000));
    return options;
}

// csgi TARGET [--config CONFIG] WORDS...: what the words mean is the application's business.
Options own_command(int argc, char **argv) {
    Raw raw;
    raw.options.verb = Options::Verb::words;
    raw.target = raw.options.target_text = argv[1];
    int at = 2;
    if (at < argc && std::string(argv[at]) == "--config") {
        if (at + 1 == argc)
            wrong("no configuration behind --config", raw.target, "write --config key=value");
        raw.config = argv[at + 1];
        at += 2;
    }
    raw.options.words.assign(argv + at, argv + argc);
    return finish(raw);
}

void say_help(CLI::App &app, const std::string &topic) {
    CLI::App *verb = topic.empty() ? nullptr : find_verb(app, topic);
    if (!topic.empty() && !verb)
        wrong("there is no command '" + topic + "'", "csgi help", one_of(app));
    // app.help() would describe the verb at hand, which is help.
    const std::string text =
        verb && topic != "help"
            ? verb->help("csgi")
            : app.get_formatter()->make_help(&app, "csgi", CLI::AppFormatMode::Normal);
    std::fputs(text.c_str(), stdout);
}

} // namespace

std::optional<Options> parse(int argc, char **argv) {
    Raw raw;
    CLI::App app("Serves and judges CSGI applications.", "csgi");
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", "csgi " CSGI_VERSION " (interface 1." +
                                          std::to_string(CSGI_ABI_MINOR) + ")");
    for (const auto add :
         {add_run, add_check, add_routes, add_render, add_templates, add_tool, add_help})
        add(app, raw);
    app.footer(
        "csgi help COMMAND tells more about each. csgi TARGET COMMAND runs a command of the\n"
        "application's own; csgi TARGET --help lists them.");

    const std::string verb = argc > 1 ? argv[1] : "";
    if (!find_verb(app, verb) && is_target(verb)) return own_command(argc, argv);
    if (verb.empty())
        wrong("no command was given", "the command line", one_of(app) + "; `csgi help` tells more");
    if (verb[0] != '-' && !find_verb(app, verb))
        wrong("there is no command '" + verb + "'", "the command line",
              one_of(app) + "; `csgi help` tells more");
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &asked) { // help and version
        app.exit(asked);
        return std::nullopt;
    } catch (const CLI::ParseError &error) {
        wrong(error.what(), "csgi " + verb, "`csgi help " + verb + "` tells what there is");
    }
    if (app.get_subcommands().empty()) wrong("no command was given", "csgi " + verb, one_of(app));
    switch (raw.options.verb) {
    case Options::Verb::help: say_help(app, raw.topic); return std::nullopt;
    case Options::Verb::render:
    case Options::Verb::templates:
    case Options::Verb::tool: return raw.options; // of no module
    default: return finish(raw);
    }
}

} // namespace csgi

// SPDX-License-Identifier: MIT
// Folders whose files are sent as they are.
#include <csgi/app/app.hpp>
#include <csgi/app/files.hpp>

namespace csgi {

void Scaffold::add_static(const std::string &folder, const std::optional<std::string> &url_path,
                          std::string host) {
    std::string_view name = folder;
    while (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
    std::string url = url_path.value_or("/" + std::string(name.substr(name.rfind('/') + 1)));
    while (url.ends_with('/')) url.pop_back();
    RouteOptions options;
    options.endpoint = "static";
    options.host = std::move(host);
    const auto send = [folder, max_age = max_age_](Context &ctx, std::string_view filename) {
        SendFile how;
        if (*max_age) how.max_age = (*max_age)(filename);
        return send_from_directory(ctx, folder, filename, how);
    };
    route(runtime(url + "/<path:filename>"), std::move(options), send);
}

std::optional<std::int64_t> App::send_file_max_age(std::string_view file) const {
    return *max_age_ ? (*max_age_)(file) : send_file_max_age_;
}

} // namespace csgi

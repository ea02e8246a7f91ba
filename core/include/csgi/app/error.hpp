// SPDX-License-Identifier: MIT
// Errors of HTTP as exceptions: what abort() throws and error handlers are given.
#pragma once

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace csgi {

// What is wrong with how an application was put together, at start-up; the message names the place.
class SetupError : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

// An answer with an error status: Werkzeug's HTTPException. Thrown anywhere in a request, it
// becomes the page of its status, or what an error handler makes of it.
class HttpError : public std::exception {
public:
    // Without a description, Werkzeug's for this status.
    explicit HttpError(int status, std::string description = {});

    int status() const noexcept { return status_; }
    std::string_view name() const noexcept; // "Not Found"
    const std::string &description() const noexcept { return description_; }
    // "404 Not Found: The requested URL ..."
    const char *what() const noexcept override { return what_.c_str(); }

    // Fields of the answer, such as Allow, WWW-Authenticate, Retry-After, Content-Range.
    std::vector<std::pair<std::string, std::string>> headers;
    // The methods that would have done, of a 405.
    std::vector<std::string> valid_methods;
    // Of a 500: what was thrown; null when the application itself said 500.
    std::exception_ptr original;

    // The page: HTML, the description escaped.
    std::string page() const;

private:
    int status_;
    std::string description_;
    std::string what_;
};

// A type for each status, for error handlers and catch.
template <int Status>
class HttpErrorOf : public HttpError {
public:
    static constexpr int code = Status;
    explicit HttpErrorOf(std::string description = {})
        : HttpError(Status, std::move(description)) {}
};
using BadRequest = HttpErrorOf<400>;
using Unauthorized = HttpErrorOf<401>;
using Forbidden = HttpErrorOf<403>;
using NotFound = HttpErrorOf<404>;
using MethodNotAllowed = HttpErrorOf<405>;
using NotAcceptable = HttpErrorOf<406>;
using RequestTimeout = HttpErrorOf<408>;
using Conflict = HttpErrorOf<409>;
using Gone = HttpErrorOf<410>;
using LengthRequired = HttpErrorOf<411>;
using PreconditionFailed = HttpErrorOf<412>;
using RequestEntityTooLarge = HttpErrorOf<413>;
using RequestUriTooLarge = HttpErrorOf<414>;
using UnsupportedMediaType = HttpErrorOf<415>;
using RequestedRangeNotSatisfiable = HttpErrorOf<416>;
using ExpectationFailed = HttpErrorOf<417>;
using ImATeapot = HttpErrorOf<418>;
using MisdirectedRequest = HttpErrorOf<421>;
using UnprocessableEntity = HttpErrorOf<422>;
using Locked = HttpErrorOf<423>;
using FailedDependency = HttpErrorOf<424>;
using PreconditionRequired = HttpErrorOf<428>;
using TooManyRequests = HttpErrorOf<429>;
using RequestHeaderFieldsTooLarge = HttpErrorOf<431>;
using UnavailableForLegalReasons = HttpErrorOf<451>;
using InternalServerError = HttpErrorOf<500>;
using NotImplemented = HttpErrorOf<501>;
using BadGateway = HttpErrorOf<502>;
using ServiceUnavailable = HttpErrorOf<503>;
using GatewayTimeout = HttpErrorOf<504>;
using HttpVersionNotSupported = HttpErrorOf<505>;

// A name that a form or a query has not: Werkzeug's BadRequestKeyError. With DEBUG or
// TRAP_BAD_REQUEST_ERRORS its page says which.
class BadRequestKeyError : public BadRequest {
public:
    explicit BadRequestKeyError(std::string key) : key_(std::move(key)) {}
    const std::string &key() const noexcept { return key_; }

private:
    std::string key_;
};

// Ends the request with this status. Throws the status' own type, or std::invalid_argument for a
// status that is no error of HTTP, as Flask's LookupError.
[[noreturn]] void abort(int status, std::string description = {});

} // namespace csgi

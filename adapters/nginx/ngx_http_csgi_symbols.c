// SPDX-License-Identifier: MIT
// What nginx looks for in the file of a dynamic module. Without its headers, which declare these as
// variables: nginx only reads them.
#include <csgi.h>

struct ngx_module_s;
extern struct ngx_module_s ngx_http_csgi_module, ngx_http_csgi_check_module;

extern CSGI_EXPORT struct ngx_module_s *const ngx_modules[];
extern CSGI_EXPORT const char *const ngx_module_names[];
extern CSGI_EXPORT const char *const ngx_module_order[];

struct ngx_module_s *const ngx_modules[] = {&ngx_http_csgi_module, &ngx_http_csgi_check_module,
                                            NULL};
const char *const ngx_module_names[] = {"ngx_http_csgi_module", "ngx_http_csgi_check_module", NULL};
const char *const ngx_module_order[] = {NULL};

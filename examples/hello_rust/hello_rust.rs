// SPDX-License-Identifier: MIT
// The smallest application in Rust: hello_c's answer, from declarations written after <csgi.h>.
#![allow(non_camel_case_types, non_upper_case_globals)]

use std::os::raw::{c_char, c_void};
use std::ptr::null;

// ---- As in csgi.h, with its names and its order -----------------------------------------------

pub type csgi_rc = i32;
pub const CSGI_OK: csgi_rc = 0;
pub const CSGI_CHUNK_MEMORY: u32 = 0;
pub const CSGI_MEM_STATIC: u32 = 1;
pub const CSGI_PART_END: u32 = 1;

// Only ever pointed at.
pub enum csgi_exchange {}
pub enum csgi_worker {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct csgi_str {
    pub p: *const c_char,
    pub n: usize,
}

#[repr(C)]
pub struct csgi_header {
    pub name: csgi_str,
    pub value: csgi_str,
    pub id: u16,
    pub next: u16,
    pub flags: u32,
}

#[repr(C)]
pub struct csgi_head {
    pub struct_size: u32,
    pub status: u16,
    pub reserved: u16,
    pub headers: *const csgi_header,
    pub nheaders: u32,
    pub reserved2: u32,
    pub content_length: i64,
}

#[repr(C)]
pub struct csgi_chunk {
    pub kind: u32,
    pub mem: u32,
    pub p: *const c_void,
    pub n: u64,
    pub fd: i64,
    pub off: u64,
    pub release: Option<unsafe extern "C" fn(*mut c_void)>,
    pub arg: *mut c_void,
}

#[repr(C)]
pub struct csgi_part {
    pub struct_size: u32,
    pub flags: u32,
    pub head: *const csgi_head,
    pub chunks: *const csgi_chunk,
    pub nchunks: usize,
    pub trailers: *const csgi_header,
    pub ntrailers: usize,
}

#[repr(C)]
pub struct csgi_sink {
    pub struct_size: u32,
    pub wants: u32,
    pub next: *const csgi_sink,
    pub next_body: *const csgi_sink,
    pub send:
        unsafe extern "C" fn(*const csgi_sink, *mut csgi_exchange, *const csgi_part) -> csgi_rc,
}

// The host makes it: what is declared is the beginning, as far as it is read here.
#[repr(C)]
pub struct csgi_request {
    pub struct_size: u32,
    pub flags: u32,
    pub exchange: *mut csgi_exchange,
    pub sink: *const csgi_sink,
}

#[repr(C)]
pub struct csgi_app {
    pub struct_size: u32,
    pub flags: u32,
    pub max_body: u64,
    pub inner: *mut *mut csgi_app,
    pub ninner: usize,
    pub handle: unsafe extern "C" fn(*mut csgi_app, *mut csgi_request) -> csgi_rc,
    pub start: Option<
        unsafe extern "C" fn(*mut csgi_app, *mut csgi_worker, *mut c_char, usize) -> csgi_rc,
    >,
    pub drain: Option<unsafe extern "C" fn(*mut csgi_app)>,
    pub stop: Option<unsafe extern "C" fn(*mut csgi_app)>,
    pub destroy: Option<unsafe extern "C" fn(*mut csgi_app)>,
}

type create_fn = unsafe extern "C" fn(
    csgi_str,
    *mut *mut csgi_app,
    usize,
    *mut *mut csgi_app,
    *mut c_char,
    usize,
) -> csgi_rc;

#[repr(C)]
pub struct csgi_entry {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub name: *const c_char,
    pub version: *const c_char,
    pub needs: u64,
    pub check: Option<unsafe extern "C" fn(csgi_str, *mut c_char, usize) -> csgi_rc>,
    pub create: create_fn,
    pub ext: Option<unsafe extern "C" fn(*const c_char) -> *const c_void>,
}

// Constants, though they hold pointers: any thread may read them.
unsafe impl Sync for csgi_app {}
unsafe impl Sync for csgi_entry {}

// ---- The application --------------------------------------------------------------------------

const BODY: &str = "Hello, world!\n";

const fn text(of: &'static str) -> csgi_str {
    csgi_str {
        p: of.as_ptr() as *const c_char,
        n: of.len(),
    }
}

const fn size<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}

// A whole answer is one part: the head, the chunks of its body (here one), and the END.
unsafe extern "C" fn hello(_app: *mut csgi_app, req: *mut csgi_request) -> csgi_rc {
    let kind = csgi_header {
        name: text("content-type"),
        value: text("text/plain"),
        id: 0,
        next: 0,
        flags: 0,
    };
    let head = csgi_head {
        struct_size: size::<csgi_head>(),
        status: 200,
        reserved: 0,
        headers: &kind,
        nheaders: 1,
        reserved2: 0,
        content_length: 0,
    };
    let body = csgi_chunk {
        kind: CSGI_CHUNK_MEMORY,
        mem: CSGI_MEM_STATIC,
        p: BODY.as_ptr() as *const c_void,
        n: BODY.len() as u64,
        fd: 0,
        off: 0,
        release: None,
        arg: std::ptr::null_mut(),
    };
    let part = csgi_part {
        struct_size: size::<csgi_part>(),
        flags: CSGI_PART_END,
        head: &head,
        chunks: &body,
        nchunks: 1,
        trailers: null(),
        ntrailers: 0,
    };
    let sink = (*req).sink;
    ((*sink).send)(sink, (*req).exchange, &part)
}

// It keeps no state: the same constant serves every worker. No host writes to it.
static APP: csgi_app = csgi_app {
    struct_size: size::<csgi_app>(),
    flags: 0,
    max_body: 0,
    inner: std::ptr::null_mut(),
    ninner: 0,
    handle: hello,
    start: None,
    drain: None,
    stop: None,
    destroy: None,
};

unsafe extern "C" fn create(
    _config: csgi_str,
    _inner: *mut *mut csgi_app,
    _ninner: usize,
    out: *mut *mut csgi_app,
    _err: *mut c_char,
    _cap: usize,
) -> csgi_rc {
    *out = &APP as *const csgi_app as *mut csgi_app;
    CSGI_OK
}

#[no_mangle]
pub static csgi_entry_v1: csgi_entry = csgi_entry {
    struct_size: size::<csgi_entry>(),
    abi_minor: 0,
    name: "hello\0".as_ptr() as *const c_char,
    version: "1.0\0".as_ptr() as *const c_char,
    needs: 0,
    check: None,
    create,
    ext: None,
};

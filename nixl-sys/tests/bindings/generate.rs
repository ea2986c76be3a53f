//! Turns `include/nixl_capi.h` into the text of `src/bindings.rs`.

use quote::{format_ident, quote};
use syn::{ForeignItem, ForeignItemFn, Item};

/// Functions that builds before 1.5 do not export.
const OPTIONAL: [&str; 8] = [
    "nixl_capi_create_remote_dlist",
    "nixl_capi_destroy_remote_dlist",
    "nixl_capi_opt_args_get_custom_param",
    "nixl_capi_opt_args_set_custom_param",
    "nixl_capi_prep_mem_view_local",
    "nixl_capi_prep_mem_view_remote",
    "nixl_capi_release_mem_view",
    "nixl_capi_remote_dlist_add_desc",
];

const PREFIX: &str = "nixl_capi_";

/// The committed bindings: bindgen's types, and its functions as one table of pointers.
pub fn bindings(header: &str, clang_args: &[String]) -> String {
    let raw = bindgen::Builder::default()
        .header(header)
        .clang_args(clang_args)
        .allowlist_item("nixl_capi_.*")
        .default_enum_style(bindgen::EnumVariation::NewType {
            is_bitfield: false,
            is_global: false,
        })
        .prepend_enum_name(false)
        .derive_default(true)
        .merge_extern_blocks(true)
        .formatter(bindgen::Formatter::None)
        .generate()
        .expect("bindgen reads the header")
        .to_string();
    let file = syn::parse_file(&raw).expect("bindgen writes Rust");
    let (mut functions, mut types) = (Vec::new(), Vec::new());
    for item in file.items {
        match item {
            Item::ForeignMod(block) => {
                functions.extend(block.items.into_iter().filter_map(function))
            }
            other => types.push(other),
        }
    }
    let table = table(&functions);
    let text = prettyplease::unparse(&syn::parse_quote! { #(#types)* #table });
    format!("// Generated from include/nixl_capi.h; see tests/bindings. Do not edit.\n\n{text}")
}

fn function(item: ForeignItem) -> Option<ForeignItemFn> {
    match item {
        ForeignItem::Fn(function) => Some(function),
        _ => None,
    }
}

/// The struct of function pointers, and the constructor that fills it from a symbol look-up.
fn table(functions: &[ForeignItemFn]) -> proc_macro2::TokenStream {
    let (mut fields, mut mandatory, mut loads) = (Vec::new(), Vec::new(), Vec::new());
    for function in functions {
        let symbol = function.sig.ident.to_string();
        let field = format_ident!(
            "{}",
            symbol.strip_prefix(PREFIX).expect("every function has the prefix")
        );
        let (inputs, output) = (&function.sig.inputs, &function.sig.output);
        let pointer = quote! { unsafe extern "C" fn(#inputs) #output };
        let key = std::ffi::CString::new(symbol.clone()).expect("symbols have no NUL");
        let key = syn::LitCStr::new(&key, proc_macro2::Span::call_site());
        if OPTIONAL.contains(&symbol.as_str()) {
            fields.push(quote! { pub #field: Option<#pointer> });
            loads
                .push(quote! { #field: symbol(#key).map(|address| unsafe { transmute(address) }) });
        } else {
            fields.push(quote! { pub #field: #pointer });
            mandatory.push(key.clone());
            loads.push(quote! { #field: unsafe { transmute(symbol(#key)?) } });
        }
    }
    quote! {
        use core::mem::transmute;

        #[doc = "Every function of the C ABI, named without its `nixl_capi_` prefix."]
        #[derive(Clone, Copy, Debug)]
        pub struct Functions { #(#fields),* }

        impl Functions {
            #[doc = "The symbols that every supported build exports."]
            pub const MANDATORY: &'static [&'static core::ffi::CStr] = &[#(#mandatory),*];

            #[doc = "Fills the table; `None` when `symbol` does not know one of [`Self::MANDATORY`]."]
            #[doc = ""]
            #[doc = "# Safety"]
            #[doc = "`symbol` returns the address of the NIXL function of that name, which stays loaded."]
            pub unsafe fn resolve(
                mut symbol: impl FnMut(&core::ffi::CStr) -> Option<core::ptr::NonNull<core::ffi::c_void>>,
            ) -> Option<Self> {
                Some(Self { #(#loads),* })
            }
        }
    }
}

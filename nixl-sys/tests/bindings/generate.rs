//! Turns a header of `include/` into the text of its bindings.

use quote::{format_ident, quote};
use syn::{ForeignItem, ForeignItemFn, Item};

/// One C ABI: where its header is, and which part of it becomes Rust.
pub struct Abi {
    /// What it is the C ABI of.
    pub of: &'static str,
    /// The header, relative to the crate.
    pub header: &'static str,
    /// The committed bindings, relative to the crate.
    pub committed: &'static str,
    /// Regular expressions of the items to take, with all that these need.
    pub items: &'static [&'static str],
    /// What the names of its functions begin with.
    pub prefix: &'static str,
    /// Functions that older builds do not export.
    pub optional: &'static [&'static str],
}

pub const NIXL: Abi = Abi {
    of: "NIXL",
    header: "include/nixl_capi.h",
    committed: "src/bindings.rs",
    items: &["nixl_capi_.*"],
    prefix: "nixl_capi_",
    optional: &[
        "nixl_capi_create_remote_dlist",
        "nixl_capi_destroy_remote_dlist",
        "nixl_capi_opt_args_get_custom_param",
        "nixl_capi_opt_args_set_custom_param",
        "nixl_capi_prep_mem_view_local",
        "nixl_capi_prep_mem_view_remote",
        "nixl_capi_release_mem_view",
        "nixl_capi_remote_dlist_add_desc",
    ],
};

pub const LIBFABRIC: Abi = Abi {
    of: "libfabric",
    header: "include/libfabric_abi.h",
    committed: "src/libfabric/bindings.rs",
    items: &["fi_.*", "fid.*", "FI_.*"],
    prefix: "fi_",
    optional: &[],
};

/// All of its functions are in 1.17 already.
pub const UCX: Abi = Abi {
    of: "UCX",
    header: "include/ucx_abi.h",
    committed: "src/ucx/bindings.rs",
    items: &["uc[pst]_.*", "UC[PST]_.*"],
    prefix: "",
    optional: &[],
};

impl Abi {
    /// The committed bindings: bindgen's types, and its functions as one table of pointers.
    pub fn bindings(&self, clang_args: &[String]) -> String {
        let builder = bindgen::Builder::default()
            .header(format!("{}/{}", env!("CARGO_MANIFEST_DIR"), self.header))
            .clang_args(clang_args)
            .default_enum_style(bindgen::EnumVariation::NewType {
                is_bitfield: false,
                is_global: false,
            })
            .prepend_enum_name(false)
            .derive_default(true)
            .merge_extern_blocks(true)
            .formatter(bindgen::Formatter::None);
        let raw = (self.items.iter())
            .fold(builder, |builder, items| builder.allowlist_item(items))
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
        let table = self.table(&functions);
        let text = prettyplease::unparse(&syn::parse_quote! { #(#types)* #table });
        format!("// Generated from {}; see tests/bindings. Do not edit.\n\n{text}", self.header)
    }

    /// The struct of function pointers, and the constructor that fills it from a symbol look-up.
    fn table(&self, functions: &[ForeignItemFn]) -> proc_macro2::TokenStream {
        let (mut fields, mut mandatory, mut loads) = (Vec::new(), Vec::new(), Vec::new());
        for function in functions {
            let symbol = function.sig.ident.to_string();
            let field = format_ident!(
                "{}",
                symbol.strip_prefix(self.prefix).expect("every function has the prefix")
            );
            let (inputs, output) = (&function.sig.inputs, &function.sig.output);
            let pointer = quote! { unsafe extern "C" fn(#inputs) #output };
            let key = std::ffi::CString::new(symbol.clone()).expect("symbols have no NUL");
            let key = syn::LitCStr::new(&key, proc_macro2::Span::call_site());
            if self.optional.contains(&symbol.as_str()) {
                fields.push(quote! { pub #field: Option<#pointer> });
                loads.push(
                    quote! { #field: symbol(#key).map(|address| unsafe { transmute(address) }) },
                );
            } else {
                fields.push(quote! { pub #field: #pointer });
                mandatory.push(key.clone());
                loads.push(quote! { #field: unsafe { transmute(symbol(#key)?) } });
            }
        }
        let every = match self.prefix {
            "" => "Every function of the C ABI.".to_owned(),
            prefix => format!("Every function of the C ABI, named without its `{prefix}` prefix."),
        };
        let contract = format!(
            "`symbol` returns the address of the {} function of that name, which stays loaded.",
            self.of
        );
        quote! {
            use core::mem::transmute;

            #[doc = #every]
            #[derive(Clone, Copy, Debug)]
            pub struct Functions { #(#fields),* }

            impl Functions {
                #[doc = "The symbols that every supported build exports."]
                pub const MANDATORY: &'static [&'static core::ffi::CStr] = &[#(#mandatory),*];

                #[doc = "Fills the table; `None` when `symbol` does not know one of [`Self::MANDATORY`]."]
                #[doc = ""]
                #[doc = "# Safety"]
                #[doc = #contract]
                pub unsafe fn resolve(
                    mut symbol: impl FnMut(&core::ffi::CStr) -> Option<core::ptr::NonNull<core::ffi::c_void>>,
                ) -> Option<Self> {
                    Some(Self { #(#loads),* })
                }
            }
        }
    }
}

fn function(item: ForeignItem) -> Option<ForeignItemFn> {
    match item {
        ForeignItem::Fn(function) => Some(function),
        _ => None,
    }
}

//! The code that is generated from .proto files, which is checked in so that building the shop needs no generator.

use std::path::Path;

const WHERE: &str = "src/inventory/proto/shop.inventory.v1.rs";

/// To renew it, run this test with `SHOP_RENEW_GENERATED` set.
#[test]
fn the_inventorys_code_is_what_its_proto_file_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checked_in = folder.join(WHERE);

    let generated = generate(folder);

    if std::env::var_os("SHOP_RENEW_GENERATED").is_some() {
        std::fs::write(&checked_in, &generated).unwrap();
    }
    let found = std::fs::read_to_string(&checked_in).unwrap();
    assert!(
        found == generated,
        "{WHERE} is not what proto/inventory.proto gives; set SHOP_RENEW_GENERATED and run this again"
    );
}

fn generate(folder: &Path) -> String {
    let protos = folder.join("proto");
    let descriptors = protox::compile(["inventory.proto"], [protos]).unwrap();
    let out = tempfile::tempdir().unwrap();
    tonic_prost_build::configure()
        // The gateway makes its channel itself.
        .build_transport(false)
        .emit_rerun_if_changed(false)
        .out_dir(out.path())
        .compile_fds(descriptors)
        .unwrap();
    std::fs::read_to_string(out.path().join("shop.inventory.v1.rs")).unwrap()
}

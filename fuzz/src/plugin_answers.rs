//! What plugins answer: options become a schema, and what can be read can be written and means the same then. The first byte chooses
//! the form.

use tintype_plugin::Wire;
use tintype_plugin::untrusted::{answer, layer, options, options_again, written};

pub fn check(bytes: &[u8]) {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let wire = if choice & 1 == 0 { Wire::Gob } else { Wire::Protobuf };
    match choice >> 1 & 3 {
        0 => {
            let _ = layer(bytes);
        }
        1 => {
            let Ok(value) = answer(bytes, wire) else { return };
            let Ok(again) = written(&value, wire) else { return };
            let again = answer(&again, wire).expect("what was written can be read");
            assert_eq!(again, value, "{wire:?}");
        }
        _ => {
            if options(bytes, wire).is_err() {
                return;
            }
            for to in [Wire::Gob, Wire::Protobuf] {
                let Ok(first) = options_again(bytes, wire, to) else { continue };
                let second = options_again(&first, to, to).expect("what was written can be read");
                // Compared in gob, whose maps we write in their order; those of protobuf have none.
                let [first, second] = [first, second].map(|options| options_again(&options, to, Wire::Gob));
                assert_eq!(first, second, "{wire:?} {to:?}");
            }
        }
    }
}

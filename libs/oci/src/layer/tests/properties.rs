//! What must hold for all trees: a layer made of the difference of two trees turns one into the other, by whichever way it takes; and
//! several layers do the same as the one they are merged into.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::model::{self, Tree, changed, changes, is_root};
use crate::layer::{
    Compression, Devices, Form, Layer, LayerWriter, Limits, Marks, Note, Owners, Taking, Unpack, compare,
    merge,
};
use crate::tests::skip;

pub(super) fn diff(before: Option<&Path>, after: &Path, compression: Compression) -> (Layer, Vec<u8>) {
    let mut writer = LayerWriter::new(Vec::new(), compression, None).expect("a writer");
    let mut note = |note: Note| panic!("left out: {note:?}");
    let mut taking = Taking { owners: None, skip: &|_| false, note: &mut note };
    compare(before, after, &mut writer, &mut taking).expect("a difference");
    writer.finish().expect("a layer")
}

pub(super) fn merged(uppers: &[&Path]) -> (Layer, Vec<u8>) {
    let mut writer = LayerWriter::new(Vec::new(), Compression::None, None).expect("a writer");
    let mut note = |note: Note| panic!("left out: {note:?}");
    let mut taking = Taking { owners: None, skip: &|_| false, note: &mut note };
    merge(uppers, &mut writer, &mut taking).expect("a layer");
    writer.finish().expect("a layer")
}

pub(super) fn unpack((layer, bytes): &(Layer, Vec<u8>), form: Form, into: &Path) {
    let mut note = |note: Note| panic!("left out: {note:?}");
    let owners = if is_root() { Owners::Keep } else { Owners::Ours };
    let mut how = Unpack { form, owners, devices: Devices::Make, limits: Limits::default(), note: &mut note };
    let done = how.blob(bytes.as_slice(), &layer.blob, Some(&layer.diff_id), into).expect("it unpacks");
    assert_eq!(done.entries, layer.entries);
}

/// A directory with trees in it.
struct Bed(tempfile::TempDir);

impl Bed {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn dir(&self, name: &str) -> std::path::PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir(&path).expect("a directory");
        path
    }

    fn tree(&self, name: &str, tree: &Tree) -> std::path::PathBuf {
        let path = self.dir(name);
        model::write(tree, &path);
        path
    }
}

const OVERLAY: Form = Form::Overlay(Marks::Trusted);

fn few() -> ProptestConfig {
    ProptestConfig {
        cases: 24,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn a_whole_tree_comes_back(first in changes(25), kind in prop::sample::select(super::KINDS.to_vec())) {
        let bed = Bed::new();
        let a = bed.tree("a", &changed(&Tree::new(), &first));
        let layer = diff(None, &a, kind);
        let back = bed.dir("back");
        unpack(&layer, Form::Applied, &back);
        prop_assert_eq!(model::read(&back), model::read(&a));
        prop_assert_eq!(&layer.1, &diff(None, &back, kind).1, "the same tree gives the same bytes");
    }

    #[test]
    fn a_difference_turns_one_tree_into_the_other(first in changes(25), second in changes(15)) {
        let bed = Bed::new();
        let before = changed(&Tree::new(), &first);
        let (a, b) = (bed.tree("a", &before), bed.tree("b", &changed(&before, &second)));
        let layer = diff(Some(&a), &b, Compression::None);
        let (wanted, unchanged) = (model::read(&b), model::read(&a));
        unpack(&layer, Form::Applied, &a);
        prop_assert_eq!(model::read(&a), wanted);
        if second.is_empty() {
            prop_assert_eq!(layer.0.entries, 0);
            prop_assert_eq!(model::read(&a), unchanged);
        }
    }

    #[test]
    fn layers_merge_to_what_they_do(first in changes(25), second in changes(12), third in changes(12)) {
        if !is_root() {
            skip("only root can make overlayfs's marks");
            return Ok(());
        }
        let bed = Bed::new();
        let before = changed(&Tree::new(), &first);
        let between = changed(&before, &second);
        let after = changed(&between, &third);
        let (a, b, c) = (bed.tree("a", &before), bed.tree("b", &between), bed.tree("c", &after));
        let (one, two) = (diff(Some(&a), &b, Compression::None), diff(Some(&b), &c, Compression::None));
        let (upper1, upper2) = (bed.dir("upper1"), bed.dir("upper2"));
        unpack(&one, OVERLAY, &upper1);
        unpack(&two, OVERLAY, &upper2);
        let again = merged(&[&upper1]);
        prop_assert_eq!(&again.0.diff_id, &one.0.diff_id, "an upper directory gives the layer it came from");
        let both = merged(&[&upper1, &upper2]);
        let wanted = model::read(&c);
        let copy = bed.dir("copy");
        unpack(&diff(None, &a, Compression::None), Form::Applied, &copy);
        unpack(&both, Form::Applied, &copy);
        prop_assert_eq!(model::read(&copy), wanted.clone());
        // And the merged layer, unpacked as an upper directory, is itself.
        let upper = bed.dir("upper");
        unpack(&both, OVERLAY, &upper);
        prop_assert_eq!(&merged(&[&upper]).0.diff_id, &both.0.diff_id);
        unpack(&one, Form::Applied, &a);
        unpack(&two, Form::Applied, &a);
        prop_assert_eq!(model::read(&a), wanted);
    }
}

//! A legacy template goes all the ways there are: loaded and checked, fixed, upgraded. What was fixed has nothing left to fix, and what
//! was upgraded is an HCL text without errors.

use std::sync::Arc;

use diag::{FileId, SourceMap};
use tintype_template::{JsonTemplate, LoadRequest, UpgradeRequest, fix, upgrade};

use crate::surroundings;

pub fn check(bytes: &[u8]) {
    let world = surroundings::world();
    let path = surroundings::file("t.json", bytes);

    let sources = Arc::new(SourceMap::new());
    let request = LoadRequest { path: path.clone(), ..LoadRequest::default() };
    let findings = match JsonTemplate::load(request, world.clone(), sources.clone()) {
        Ok(mut template) => {
            let findings = template.initialise();
            template.inspect();
            template.variables_text();
            findings
        }
        Err(findings) => {
            assert!(findings.has_errors(), "refused without a reason");
            findings
        }
    };
    diag::render_all(&findings, &sources);

    if let Ok(fixed) = fix(&path, &world, &SourceMap::new()) {
        surroundings::file("t.json", fixed.as_bytes());
        let again = fix(&path, &world, &SourceMap::new());
        assert_eq!(again.as_ref().ok(), Some(&fixed), "fixed a second time: {again:?}");
        surroundings::file("t.json", bytes);
    }

    for annotations in [false, true] {
        let request = UpgradeRequest {
            path: &path,
            vars: &[],
            var_files: &[],
            annotations,
            has_builder: &|name| name == "null",
        };
        if let Ok(upgraded) = upgrade(&request, &world, &SourceMap::new()) {
            let (_, findings) = hcl::parse_body(&upgraded.text, FileId(0));
            assert!(!findings.has_errors(), "{findings}\n{}", upgraded.text);
        }
    }
}

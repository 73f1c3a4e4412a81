//! A world with nothing in it but one folder that is ours, in memory where the system has that.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use tintype_sdk::World;

static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
    // A name that stays the same: a target that is killed leaves nothing more behind than the one before.
    let folder = parent.join(format!("tintype-fuzz-{}", std::process::id() % 64));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    Arc::new(World {
        env: [("HOME".to_owned(), "/nowhere".to_owned()), ("A".to_owned(), "b".to_owned())].into(),
        cwd: folder.clone(),
        home: Some(PathBuf::from("/nowhere")),
        tmp: folder.clone(),
        cache_dir: folder.join("cache"),
        config_dir: folder.join("config"),
        state_dir: folder.join("state"),
        run_uuid: "00000000-0000-4000-8000-000000000000".to_owned(),
        core_version: "1.16.0".to_owned(),
    })
});

pub fn world() -> Arc<World> {
    WORLD.clone()
}

/// Writes a file into our folder and gives its path.
pub fn file(name: &str, bytes: &[u8]) -> String {
    let path = WORLD.cwd.join(name);
    std::fs::write(&path, bytes).expect("our folder can be written to");
    path.to_string_lossy().into_owned()
}

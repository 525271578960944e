//! A checkout with few files and with stubs of tools, to test a script of this repository.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The root of this repository.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A checkout that ends with the test.
pub struct Checkout(PathBuf);

impl Checkout {
    /// Creates a checkout in the directory of a suite's temporary files, with these scripts.
    pub fn new(directory: &str, name: &str, scripts: &[&str]) -> Self {
        let checkout = Self(Path::new(directory).join(name));
        for script in scripts {
            let text = fs::read_to_string(Path::new(ROOT).join(script)).unwrap();
            checkout.write(script, &text);
        }
        checkout
    }

    /// Returns the path of a file.
    pub fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// Writes a file, which can be executed.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Returns a command for a script, which finds the tools in `tools` first.
    pub fn script(&self, script: &str) -> Command {
        let path = format!("{}:/usr/bin:/bin", self.path("tools").display());
        let mut command = Command::new("bash");
        command.arg(self.path(script)).env("PATH", path);
        command
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the standard output and the standard error of an ended script.
pub fn texts(ended: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&ended.stdout), text(&ended.stderr))
}

//! Where things are kept: the settings file and the data directory.
//!
//! The XDG variables win on every platform; without them the platform's own places are used.

use std::ffi::OsString;
use std::path::PathBuf;

use directories::ProjectDirs;

/// Where this user's things are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The settings: `config.toml` in the configuration directory.
    pub settings: PathBuf,
    /// The learner's progress, sheets and own content.
    pub data: PathBuf,
}

impl Paths {
    /// Finds the places. `data` is what the command line says, `variable` looks up an environment variable.
    /// Nothing where there is no home directory and nothing was said.
    #[must_use]
    pub fn find(data: Option<PathBuf>, variable: &dyn Fn(&str) -> Option<OsString>) -> Option<Paths> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // The XDG specification has relative paths ignored.
        let xdg = |name: &str| set(name).filter(|path| path.is_absolute()).map(|path| path.join("sysdrill"));
        let own = ProjectDirs::from("", "", "sysdrill");
        let data = data
            .or_else(|| set("SYSDRILL_DATA"))
            .or_else(|| xdg("XDG_DATA_HOME"))
            .or_else(|| own.as_ref().map(|own| own.data_dir().to_path_buf()))?;
        let directory = xdg("XDG_CONFIG_HOME")
            .or_else(|| own.as_ref().map(|own| own.config_dir().to_path_buf()))
            .unwrap_or_else(|| data.clone());
        Some(Paths { settings: directory.join("config.toml"), data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_wins_over_variables_and_those_over_the_platform() {
        let find = |said: Option<&str>, variables: &[(&str, &str)]| {
            let lookup = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
            };
            Paths::find(said.map(PathBuf::from), &lookup)
                .map(|paths| (paths.data.display().to_string(), paths.settings.display().to_string()))
                .unwrap_or_default()
        };
        let xdg = [("XDG_DATA_HOME", "/x/data"), ("XDG_CONFIG_HOME", "/x/config")];
        assert_eq!(find(None, &xdg), ("/x/data/sysdrill".into(), "/x/config/sysdrill/config.toml".into()));
        let own = [xdg[0], xdg[1], ("SYSDRILL_DATA", "/own")];
        assert_eq!(find(None, &own).0, "/own");
        assert_eq!(find(Some("/said"), &own).0, "/said");
        assert_ne!(find(None, &[("XDG_DATA_HOME", "relative")]).0, "relative/sysdrill");
    }
}

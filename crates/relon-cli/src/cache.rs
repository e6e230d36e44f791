//! `relon cache`: what is kept of rules that were compiled.

use std::time::SystemTime;

use relon::{Cache, CacheContents};
use serde_json::{Value, json};

use crate::args::{CacheAction, CacheCommand};
use crate::failure::Failure;
use crate::run::print;

/// Shows or clears the cache.
pub(crate) fn cache(command: &CacheCommand) -> Result<(), Failure> {
    let Some(cache) = Cache::of_environment() else { return print(&off(command.json)) };
    match command.action {
        CacheAction::Show => show(&cache, command.json),
        CacheAction::Clear => clear(&cache, command.json),
    }
}

fn off(json: bool) -> String {
    match json {
        true => json!({ "folder": Value::Null }).to_string(),
        false => "the cache is off: RELON_CACHE says so, or there is no folder for it".to_owned(),
    }
}

fn show(cache: &Cache, json: bool) -> Result<(), Failure> {
    let contents = cache.contents()?;
    let folder = cache.folder().display();
    if json {
        let CacheContents { units, bytes, oldest, newest, .. } = contents;
        let seconds = |time: Option<SystemTime>| time.and_then(age).map(|age| age.as_secs());
        let ages = [oldest, newest].map(seconds);
        let shown = json!({
            "folder": folder.to_string(),
            "units": units,
            "bytes": bytes,
            "oldest_use_seconds_ago": ages[0],
            "newest_use_seconds_ago": ages[1],
        });
        return print(&shown.to_string());
    }
    let used = match contents.newest.and_then(age) {
        Some(age) => format!("\nlast used  {} s ago", age.as_secs()),
        None => String::new(),
    };
    print(&format!("folder     {folder}\nunits      {}\nbytes      {}{used}", contents.units, contents.bytes))
}

fn age(time: SystemTime) -> Option<std::time::Duration> {
    SystemTime::now().duration_since(time).ok()
}

fn clear(cache: &Cache, json: bool) -> Result<(), Failure> {
    let removed = cache.clear()?;
    match json {
        true => print(&json!({ "folder": cache.folder().display().to_string(), "removed": removed }).to_string()),
        false => print(&format!("removed {removed} units from {}", cache.folder().display())),
    }
}

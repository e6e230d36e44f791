//! Takes up changes of the folder as they happen.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::catalog::{Catalog, Event};

/// Changes come in groups: an editor writes a file in several steps. This long after the last of them the folder is looked at.
const QUIET: Duration = Duration::from_millis(50);
/// Where changes do not end, the folder is looked at after this time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Takes up the rules that are there, and watches the folder of the catalog until the watcher is dropped.
///
/// # Errors
/// Where the folder cannot be watched.
pub fn start(catalog: Arc<Catalog>) -> notify::Result<RecommendedWatcher> {
    let (sender, changes) = channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
        // Reading the rules is an event as well.
        Ok(event) if event.kind.is_access() => {}
        // Nobody listens any more when the service ends.
        Ok(_) => drop(sender.send(())),
        Err(error) => eprintln!("watching the rules: {error}"),
    })?;
    watcher.watch(catalog.folder(), RecursiveMode::Recursive)?;
    // The folder is watched already, so that no change is missed between.
    refresh(&catalog);
    std::thread::spawn(move || {
        while wait(&changes) {
            refresh(&catalog);
        }
    });
    Ok(watcher)
}

/// Waits for a change and for the quiet after it; false where none will come.
fn wait(changes: &Receiver<()>) -> bool {
    if changes.recv().is_err() {
        return false;
    }
    let first = Instant::now();
    loop {
        match changes.recv_timeout(QUIET) {
            Ok(()) if first.elapsed() < PATIENCE => {}
            Ok(()) | Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

/// Takes up what has changed, and logs it.
fn refresh(catalog: &Catalog) {
    match catalog.refresh() {
        Ok(events) => events.iter().for_each(|(name, event)| log(catalog.folder(), name, event)),
        Err(error) => eprintln!("cannot read the folder `{}`: {error}", catalog.folder().display()),
    }
}

fn log(folder: &Path, name: &str, event: &Event) {
    let path = folder.join(name).with_extension("relon");
    match event {
        Event::Serves(version) => eprintln!("{}: version {version} serves", path.display()),
        Event::Removed => eprintln!("{}: gone", path.display()),
        Event::Refused(error) => eprintln!("{}: refused\n{}", path.display(), error.render(false)),
    }
}

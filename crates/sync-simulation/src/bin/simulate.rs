fn main() {
    let args: Vec<String> = std::env::args().collect();
    let n: u64 = args[1].parse().unwrap();
    let from: u64 = args.get(2).map_or(0, |s| s.parse().unwrap());
    let bug = args.get(3);
    let wiring: &dyn sync_simulation::wiring::Wiring = match bug {
        Some(name) => sync_simulation::bugs::ALL.iter().find(|(n, _)| n.contains(name.as_str())).unwrap().1,
        None => &sync_simulation::wiring::Right,
    };
    let mut total = sync_simulation::counts::Counts::default();
    let mut kinds: std::collections::BTreeMap<&str, Vec<u64>> = Default::default();
    let (mut win, mut notes, mut hash) = (0, 0, 0u64);
    for seed in from..from + n {
        let o = sync_simulation::run(seed, wiring);
        total.add(&o.counts); if std::env::var("ASKED").is_ok() && o.counts.asked[0][1] > 0 { println!("asked {seed}\n{}", sync_simulation::replay(seed, Default::default(), wiring).trace.lines()); }
        win += o.score.in_window;
        notes += o.trace.count();
        hash ^= o.trace.hash().rotate_left((seed % 64) as u32);
        if let Some(v) = o.violation {
            kinds.entry(v.what).or_default().push(seed);
        }
    }
    for (k, v) in &kinds {
        println!("{k}: {} {:?}", v.len(), &v[..v.len().min(5)]);
    }
    println!("{total:?} window {win} notes {notes} hash {hash:x}");
    if std::env::var("SHOW").is_ok()
        && let Some((_, s)) = kinds.iter().max_by_key(|(_, v)| v.len())
    {
        let sh = sync_simulation::shrink(s[0], wiring).unwrap();
        println!("seed {} {:?} {:?}\n{}", s[0], sh.violation, sh.happenings, sh.outcome.trace.lines());
    }
}

//! What is wrong with a trace's form, in words.

use super::gather::Node;
use super::tree::Tree;
use super::{FaultKind, Placement, SpanRow, TraceFault};

/// How many spans of a fault are named.
const SPANS: usize = 100;
/// 2000-01-01: nothing that traces is older.
const FIRST: u64 = 946_684_800_000_000_000;
/// A day: clocks may be ahead, but not by that.
const AHEAD: u64 = 24 * 3600 * 1_000_000_000;

/// Looks at rows as they are drawn, with the nodes in the same order.
pub(super) fn faults(nodes: &[&Node], tree: &Tree, rows: &[SpanRow], now: u64) -> Vec<TraceFault> {
    let place = |wanted: Placement| move |_: &Node, row: &SpanRow| row.placement == wanted;
    let look = Look { nodes, rows };
    let mut all = Vec::new();
    all.extend(look.fault(FaultKind::Orphans, place(Placement::Orphan), |count, first| {
        format!("{} whose parent is not here, such as `{first}`: the parent is still open, was not sampled, or was lost.", spans(count))
    }));
    all.extend(look.fault(FaultKind::Cycle, place(Placement::Cycle), |count, first| {
        format!(
            "{} their own ancestors; the circle is opened at `{first}`.",
            if count == 1 { "Spans are" } else { "Several groups of spans are" }
        )
    }));
    all.extend(look.roots(tree));
    all.extend(look.fault(FaultKind::Skew, |_, row| row.skew_ns.is_some(), |count, first| {
        let worst = rows.iter().filter_map(|row| row.skew_ns).max().unwrap_or(0);
        format!("{} out of the calling span's time by up to {}, such as `{first}`: the clocks of these services differ.", sticks(count), duration(worst))
    }));
    all.extend(look.fault(FaultKind::NegativeDuration, |node, _| node.end < node.start, |count, first| {
        format!("{} before {} begun, such as `{first}`; the clock was set back meanwhile, or the times are mixed up.",
            if count == 1 { "1 span ends".to_owned() } else { format!("{count} spans end") }, if count == 1 { "it has" } else { "they have" })
    }));
    let impossible = |node: &Node, _: &SpanRow| node.start < FIRST || node.end() > now.saturating_add(AHEAD);
    all.extend(look.fault(FaultKind::ImpossibleTime, impossible, |count, first| {
        format!("{} at times that cannot be right (before the year 2000, or in the future), such as `{first}`: nanoseconds since 1970 are expected.", spans(count))
    }));
    all.extend(look.fault(FaultKind::DuplicateSpanId, place(Placement::Duplicate), |count, first| {
        format!(
            "{} with an id that another one has, such as `{first}`: sent twice, or the ids are not random.",
            spans(count)
        )
    }));
    all
}

struct Look<'a> {
    nodes: &'a [&'a Node],
    rows: &'a [SpanRow],
}

impl Look<'_> {
    fn fault(
        &self,
        kind: FaultKind,
        is: impl Fn(&Node, &SpanRow) -> bool,
        message: impl FnOnce(usize, &str) -> String,
    ) -> Option<TraceFault> {
        let places = (0_u32..).zip(self.nodes.iter().zip(self.rows));
        let at: Vec<u32> = places.filter(|(_, (node, row))| is(node, row)).map(|(at, _)| at).collect();
        let first = self.rows.get(*at.first()? as usize)?;
        let message = message(at.len(), &first.name);
        Some(TraceFault { kind, message, spans: at.into_iter().take(SPANS).collect() })
    }

    fn roots(&self, tree: &Tree) -> Option<TraceFault> {
        let is_root = |node: &Node, row: &SpanRow| node.parent == 0 && row.placement != Placement::Duplicate;
        let roots = self.nodes.iter().zip(self.rows).filter(|(node, row)| is_root(node, row)).count();
        match roots {
            0 => self.fault(FaultKind::NoRoot, |_, row| row.depth == 0, |_, _| {
                let tops = tree.tops.len();
                format!("No span is without a parent, so that the trace's begin is not here; {} drawn at the left.",
                    if tops == 1 { "1 span is".to_owned() } else { format!("{tops} spans are") })
            }),
            1 => None,
            _ => self.fault(FaultKind::SeveralRoots, is_root, |count, _| {
                format!("{count} spans have no parent: parts of the trace were begun with its id and without a parent, or the trace id is used again.")
            }),
        }
    }
}

fn spans(count: usize) -> String {
    if count == 1 { "1 span".to_owned() } else { format!("{count} spans") }
}

fn sticks(count: usize) -> String {
    if count == 1 { "1 span sticks".to_owned() } else { format!("{count} spans stick") }
}

#[allow(clippy::cast_precision_loss)] // Read by people.
fn duration(nanoseconds: i64) -> String {
    let nanoseconds = nanoseconds as f64;
    match nanoseconds {
        n if n >= 1e9 => format!("{:.1} s", n / 1e9),
        n if n >= 1e6 => format!("{:.1} ms", n / 1e6),
        n => format!("{:.1} µs", n / 1e3),
    }
}

//! Where arrows from left to right end: each at a place of its own on the side of its box, so that the labels at their
//! ends are one below another.

use std::collections::BTreeMap;

use super::layout::PictureLayout;
use crate::picture::Picture;

/// The distance between two arrows at the side of a box: the height of a label.
const PORT: f64 = 16.0;

/// Makes boxes as high as the arrows that end there need.
pub(super) fn make_room<'a>(picture: &Picture, heights: impl Iterator<Item = &'a mut f64>) {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for edge in &picture.edges {
        *counts.entry(edge.to).or_default() += 1;
    }
    for (node, height) in heights.enumerate() {
        let arrows = counts.get(&node).copied().unwrap_or_default();
        *height = height.max(arrows as f64 * PORT + PORT / 2.0);
    }
}

/// Spreads the ends of the arrows of each box, in the order in which they arrive.
pub(super) fn spread(picture: &Picture, layout: &mut PictureLayout) {
    let mut arriving: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, edge) in picture.edges.iter().enumerate() {
        arriving.entry(edge.to).or_default().push(number);
    }
    for mut arrows in arriving.into_values() {
        let from = |arrow: &usize| {
            let points = layout.routes[*arrow].iter().rev();
            points.map(|point| point.y).nth(1).unwrap_or_default()
        };
        arrows.sort_by(|one, other| from(one).total_cmp(&from(other)));
        let middle = (arrows.len() - 1) as f64 / 2.0;
        for (port, arrow) in arrows.into_iter().enumerate() {
            if let Some(end) = layout.routes[arrow].last_mut() {
                end.y += (port as f64 - middle) * PORT;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Address;
    use crate::picture::{Direction, PictureEdge, PictureNode};
    use crate::render::picture::layout::Point;

    #[test]
    fn arrows_end_one_below_another_without_crossing() {
        let edge = |from| PictureEdge {
            from,
            to: 0,
            label: "applications".to_owned(),
            is_removed: false,
        };
        let picture = Picture {
            title: String::new(),
            direction: Direction::Right,
            nodes: vec![PictureNode::object(&Address::new("kind", "name")); 4],
            edges: vec![edge(1), edge(2), edge(3)],
        };
        let route = |y| vec![Point { x: 0.0, y }, Point { x: 90.0, y: 50.0 }];
        let mut layout = PictureLayout {
            size: Point { x: 100.0, y: 100.0 },
            boxes: Vec::new(),
            routes: vec![route(80.0), route(10.0), route(40.0)],
        };
        spread(&picture, &mut layout);
        let ends = layout.routes.iter().map(|route| route[1].y);
        assert_eq!(ends.collect::<Vec<_>>(), [66.0, 34.0, 50.0]);
        let mut heights = [30.0; 4];
        make_room(&picture, heights.iter_mut());
        assert_eq!(heights, [56.0, 30.0, 30.0, 30.0]);
    }
}

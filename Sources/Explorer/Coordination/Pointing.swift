import Cells

/// The mouse: clicks, drags and the wheel.
extension Explorer {
  mutating func point(_ mouse: MouseEvent) -> [Effect] {
    if mouse.kind != .release { staysOpen() }
    if typing.offered != nil {
      // A click elsewhere means no.
      if mouse.kind == .press { typing.withdrawOffer() }
      return []
    }
    if picker != nil { return pointInPicker(mouse) }
    if mouse.kind == .press { notice.clear() }
    switch mouse.kind {
    case .press, .drag:
      let layout = layout
      if layout.timeline.contains(x: mouse.x, y: mouse.y), let shown {
        runs.stopPlaying()
        return scrub(to: layout.position(at: mouse.x, of: shown.steps))
      }
      if let pane = layout.pane(x: mouse.x, y: mouse.y) {
        let effects = mouse.kind == .press ? takeTyped() : []
        if mouse.kind == .press { move(to: pane) }
        if pane.isText, pane == fields.focus {
          let room = fieldsDrawing(layout).textRoom(pane)
          let place = fields.text(pane).place(atColumn: mouse.x - room.x, of: room.width)
          // A click moves the caret, a drag selects.
          fields.placeCaret(at: place, selecting: mouse.kind == .drag)
        }
        return effects
      }
    case .wheelUp, .wheelDown:
      let by = mouse.kind == .wheelUp ? 1 : -1
      if let pane = layout.pane(x: mouse.x, y: mouse.y), pane != .canvas, !pane.isText {
        let effects = takeTyped()
        move(to: pane)
        return effects + adjust(by)
      }
      return scrub(to: runs.position + by)
    case .release: break
    }
    return []
  }

  private mutating func pointInPicker(_ mouse: MouseEvent) -> [Effect] {
    guard let picker else { return [] }
    let items = items(of: picker)
    switch mouse.kind {
    case .wheelUp: self.picker?.select(picker.selected - 1, of: items.count)
    case .wheelDown: self.picker?.select(picker.selected + 1, of: items.count)
    case .press:
      let drawing = pickerDrawing(picker, items, layout)
      guard drawing.box.contains(x: mouse.x, y: mouse.y) else {
        self.picker = nil
        return []
      }
      guard let index = drawing.item(x: mouse.x, y: mouse.y) else { return [] }
      self.picker?.select(index, of: items.count)
      return pressInPicker(.enter)
    case .drag, .release: break
    }
    return []
  }
}

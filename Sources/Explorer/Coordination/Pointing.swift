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
    if mouse.kind == .press {
      let keys = keys(at: mouse)
      notice.clear()
      if !keys.isEmpty { return keys.flatMap { press($0) + pauseTyping() } }
    }
    switch mouse.kind {
    case .press, .drag:
      let layout = layout
      if layout.timeline.contains(x: mouse.x, y: mouse.y), let shown {
        runs.stopPlaying()
        return scrub(to: layout.position(at: mouse.x, of: shown.steps))
      }
      if let pane = layout.pane(x: mouse.x, y: mouse.y) {
        let effects = mouse.kind == .press ? takeTyped() : []
        let by = mouse.kind == .press ? chevron(at: mouse, layout) : 0
        if mouse.kind == .press { move(to: pane) }
        if by != 0 { return effects + adjust(by) }
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

  /// The keys of the hint in the last line that was clicked.
  private func keys(at mouse: MouseEvent) -> [ExplorerKey] {
    let layout = layout
    guard layout.isUsable, !display.isPresenting,
      layout.status.contains(x: mouse.x, y: mouse.y),
      !layout.timeline.contains(x: mouse.x, y: mouse.y)
    else { return [] }
    return StatusLine(explorer: self, layout: layout, painter: display.painter)
      .keys(atColumn: mouse.x)
  }

  /// Whether a click lowers (-1) or raises (1) a value, because it is on a chevron beside it; otherwise 0.
  private func chevron(at mouse: MouseEvent, _ layout: Layout) -> Int {
    var buffer = CellBuffer(width: display.columns, height: display.rows)
    guard (0..<buffer.width).contains(mouse.x), (0..<buffer.height).contains(mouse.y) else {
      return 0
    }
    fieldsDrawing(layout).draw(&buffer)
    switch buffer[mouse.x, mouse.y].glyph {
    case "‹": return -1
    case "›": return 1
    default: return 0
    }
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

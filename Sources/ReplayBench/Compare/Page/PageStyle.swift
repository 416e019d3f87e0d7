/// How a page looks: grey picture, colour only for what is abnormal, light and dark, on paper and on a screen.
enum PageStyle {
    static let sheet = """
        :root { color-scheme: light dark; --page: #d4d4d4; --card: #e6e6e6; --ink: #1c1c1c; --soft: #555;
          --line: #b4b4b4; --grid: #c9c9c9; --old: #6a6a6a; --new: #0b57a4; --signal: #1c1c1c; --limit: #b00020;
          --better: #0b57a4; --worse: #b00020; --blind: #8f8f8f; --b1: #b00020; --b1i: #fff; --b2: #d96a00;
          --b2i: #1c1c1c; --b3: #f2c300; --b3i: #1c1c1c; --b4: #0b57a4; --b4i: #fff; }
        @media (prefers-color-scheme: dark) { :root { --page: #262626; --card: #333; --ink: #e0e0e0; --soft: #a8a8a8;
          --line: #565656; --grid: #444; --old: #a0a0a0; --new: #6fb1ff; --signal: #e0e0e0; --limit: #ff5a5f;
          --better: #6fb1ff; --worse: #ff5a5f; --blind: #7a7a7a; --b1: #ff5a5f; --b1i: #1c1c1c; --b2: #ff9a3d;
          --b3: #ffd84a; --b4: #6fb1ff; --b4i: #1c1c1c; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink);
          font: 15px/1.45 system-ui, "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
        main { max-width: 1060px; margin: 0 auto; padding: 18px; }
        h1 { font-size: 24px; margin: 0 0 2px; } h2 { font-size: 18px; margin: 26px 0 8px; }
        h3 { font-size: 16px; margin: 0; } p { margin: 4px 0; } .soft { color: var(--soft); font-size: 13px; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 4px; padding: 12px 14px;
          margin: 10px 0; }
        .verdict { font-size: 18px; font-weight: 600; margin: 10px 0; }
        .tiles { display: flex; flex-wrap: wrap; gap: 8px; margin: 10px 0; }
        .tile { background: var(--card); border: 1px solid var(--line); border-radius: 4px; padding: 6px 14px;
          min-width: 108px; }
        .tile b { display: block; font-size: 24px; line-height: 1.2; font-variant-numeric: tabular-nums; }
        .tile.none { color: var(--soft); } .tile.none b { font-weight: 400; }
        .partial { border: 2px solid var(--limit); padding: 8px 12px; font-weight: 600; margin: 10px 0; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-size: 12px; color: var(--soft); font-weight: 600; letter-spacing: .02em; }
        th, td { padding: 3px 12px 3px 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
        td.n, th.n { text-align: right; } td.better { color: var(--better); } td.worse { color: var(--worse); }
        tr.first td { border-top: 2px solid var(--line); }
        .badge { display: inline-block; min-width: 24px; padding: 0 7px; border: 2px solid var(--ink); border-radius: 3px;
          font-size: 12px; font-weight: 700; } .p4 { background: var(--b1); color: var(--b1i); }
        .p3 { background: var(--b2); color: var(--b2i); } .p2 { background: var(--b3); color: var(--b3i); }
        .p1 { background: var(--b4); color: var(--b4i); }
        .head { display: flex; flex-wrap: wrap; gap: 10px; align-items: baseline; }
        code { font: 13px/1.4 ui-monospace, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace; }
        .facts { margin: 6px 0 8px; } .facts del { color: var(--old); } .facts ins { color: var(--new);
          text-decoration: none; font-weight: 600; }
        svg { display: block; width: 100%; height: auto; margin: 2px 0 10px; }
        svg text { font-size: 12px; fill: var(--soft); } svg .grid { stroke: var(--grid); fill: none; }
        svg .axis { stroke: var(--soft); fill: none; } svg rect.old { fill: var(--old); }
        svg rect.new { fill: var(--new); } svg .faint { opacity: .35; }
        svg path.line { fill: none; stroke: var(--old); stroke-width: 1.6; }
        svg path.signal { fill: none; stroke: var(--signal); stroke-width: 1.3; stroke-linejoin: round; }
        svg path.setpoint { fill: none; stroke-width: 1.6; } svg path.setpoint.old { stroke: var(--old);
          stroke-dasharray: 6 4; } svg path.setpoint.new { stroke: var(--new); }
        svg text.setpoint.old { fill: var(--old); } svg text.setpoint.new { fill: var(--new); font-weight: 600; }
        svg rect.band { opacity: .13; } svg rect.blind { fill: url(#hatch); }
        svg path.limit { stroke: var(--limit); fill: none; stroke-dasharray: 2 3; } svg text.limit { fill: var(--limit); }
        svg text.mark { fill: var(--ink); font-size: 13px; font-weight: 700; }
        .key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft); }
        .swatch { display: inline-block; width: 22px; height: 10px; margin-right: 5px; vertical-align: baseline; }
        .swatch.old { background: var(--old); } .swatch.new { background: var(--new); }
        .swatch.blind { background: repeating-linear-gradient(45deg, var(--blind) 0 1px, transparent 1px 4px); }
        .swatch.band { background: var(--new); opacity: .2; }
        details summary { cursor: pointer; color: var(--soft); font-size: 13px; }
        @media print { @page { size: A4; margin: 12mm; }
          :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #888;
            --grid: #ddd; --old: #777; --new: #0b57a4; --signal: #000; --limit: #b00020; --better: #0b57a4;
            --worse: #b00020; --blind: #888; --b1: #b00020; --b1i: #fff; --b2: #d96a00; --b2i: #1c1c1c; --b3: #f2c300;
            --b4: #0b57a4; --b4i: #fff; }
          body { font-size: 11px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
          main { max-width: none; padding: 0; } .card, figure, tr { break-inside: avoid; } h2 { break-after: avoid; } }
        """

    /// The hatch of stretches where the quality was bad, for all drawings of the page.
    static let hatch = """
        <svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs><pattern id="hatch" width="6" \
        height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" style="stroke:var(--blind)" \
        stroke-width="1.6"/></pattern></defs></svg>
        """
}

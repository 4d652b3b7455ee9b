namespace Phi4R.Notebooks.Pages;

/// <summary>The look of a page: one column, light or dark as the reader's system is.</summary>
internal static class PageStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --soft: #5b6570; --line: #d9dee3; --code: #f5f7f9; --link: #0b5fb0;
                --keyword: #8a2be2; --type: #0b6e6e; --text: #a3430b; --number: #116329; --comment: #5b6570; --error: #b3261e; --errorpaper: #fdf1f0; }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #14171a; --ink: #e4e7ea; --soft: #9aa4ae; --line: #353c43; --code: #1d2226; --link: #7db7f0;
                  --keyword: #c9a2ff; --type: #66d0c8; --text: #f0a878; --number: #8fd694; --comment: #9aa4ae; --error: #ff9a92; --errorpaper: #35201f; } }
        html { background: var(--paper); color: var(--ink); }
        body { max-width: 1000px; margin: 0 auto; padding: 24px 20px 80px; font: 17px/1.55 "Segoe UI", system-ui, -apple-system, "Noto Sans", sans-serif; }
        h1, h2, h3, h4 { line-height: 1.25; margin: 1.6em 0 .5em; } h1 { font-size: 1.9em; } h2 { font-size: 1.45em; border-bottom: 1px solid var(--line); padding-bottom: .2em; }
        a { color: var(--link); } img, svg { max-width: 100%; height: auto; } blockquote { margin: 1em 0; padding: 0 1em; border-left: 4px solid var(--line); color: var(--soft); }
        pre, code { font-family: "Cascadia Code", "JetBrains Mono", ui-monospace, Menlo, Consolas, monospace; font-size: 14px; }
        code { background: var(--code); padding: .1em .3em; border-radius: 4px; }
        pre { margin: 0; padding: 10px 14px; overflow-x: auto; line-height: 1.45; white-space: pre; }
        pre.code { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--code); border: 1px solid var(--line); border-radius: 6px; }
        .cell { margin: 14px 0; position: relative; } .count { position: absolute; left: -64px; width: 56px; text-align: right; top: 11px; color: var(--soft); font-size: 12px; }
        .output { margin: 6px 0 0; overflow-x: auto; } .output pre { padding: 4px 14px; } .stderr { color: var(--soft); border-left: 3px solid var(--line); }
        .error { color: var(--error); background: var(--errorpaper); border-left: 3px solid var(--error); white-space: pre-wrap; }
        .keyword { color: var(--keyword); } .type { color: var(--type); } .text { color: var(--text); } .number { color: var(--number); } .comment, .directive { color: var(--comment); font-style: italic; }
        table { border-collapse: collapse; margin: .6em 0; font-size: .95em; } th, td { border: 1px solid var(--line); padding: 4px 10px; text-align: left; vertical-align: top; } th { background: var(--code); }
        th[align=right], td[align=right] { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        table:not([style]) { display: block; width: fit-content; max-width: 100%; overflow-x: auto; } .output td:first-child, .output th { white-space: nowrap; }
        math { font-size: 1.08em; font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", "Noto Sans Math", "DejaVu Math TeX Gyre", math, serif; } .formula { overflow-x: auto; margin: 1em 0; } .formula math { display: block math; }
        mtable.aligned mtd { padding-left: .1em; padding-right: .1em; } mtable.aligned mtd:nth-child(odd) { text-align: right; } mtable.aligned mtd:nth-child(even), mtable.left mtd { text-align: left; }
        mtext.unknown { color: var(--error); font-family: monospace; } mtext.bold { font-weight: bold; } mtext.italic { font-style: italic; } mtext.code { font-family: monospace; }
        mrow.boxed { border: 1px solid currentColor; padding: .15em .35em; } .injected pre.code { border-left: 4px solid var(--link); }
        nav { font-size: 14px; color: var(--soft); display: flex; gap: 1.2em; } footer { margin-top: 60px; color: var(--soft); font-size: 13px; border-top: 1px solid var(--line); padding-top: 8px; }
        @media (max-width: 1130px) { .count { position: static; text-align: left; } }
        @media (max-width: 600px) { td { min-width: 7em; } td[align=right] { min-width: 0; } }
        @media print { body { max-width: none; } pre { white-space: pre-wrap; } }
        """;

    /// <summary>A whole page.</summary>
    public static string Page(string title, string body) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{System.Net.WebUtility.HtmlEncode(title)}</title>
        <style>
        {Css}
        </style>
        </head>
        <body>
        {body}
        </body>
        </html>

        """;
}

using System.Globalization;

namespace Phi4R.Show;

/// <summary>The script and the style of an evaluation's page.</summary>
internal static class EvaluationPageParts
{
    public static readonly string Style =
        """
        :root{color-scheme:light dark}
        body{font-family:system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif;margin:1.5rem auto;
        max-width:68rem;padding:0 1rem;line-height:1.45}
        table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;padding:.3rem 0}
        td,th{padding:.2rem .7rem;border-bottom:1px solid #8884}img{max-width:100%;height:auto}
        pre{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate;background:#8881;padding:.6rem;
        border-radius:.3rem;max-height:30rem;overflow:auto}
        summary{cursor:pointer;padding:.25rem 0}details{border-bottom:1px solid #8884}
        #controls{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin:1rem 0}
        #search{min-width:16rem}.v{display:inline-block;min-width:7.5rem;font-weight:600}
        .correct{color:#1a7f4b}.incorrect{color:#c2410c}.unverifiable{color:#a16207}.failed{color:#7f7f7f}
        bdi{overflow-wrap:anywhere}.faint{opacity:.75}
        """.ReplaceLineEndings("\n");

    /// <summary>What a model wrote goes in by <c>textContent</c>, and only when its fold is opened.</summary>
    public static readonly string Script =
        """
        'use strict';
        const data = JSON.parse(document.getElementById('data').textContent);
        const rows = data.rows, problems = data.problems, size = 50;
        const by = id => document.getElementById(id);
        let shown = rows, page = 0;
        const add = (parent, kind, text, style) => {
          const element = document.createElement(kind);
          if (text !== undefined) element.textContent = text;
          if (style) element.className = style;
          parent.append(element);
          return element;
        };
        const known = ['correct', 'incorrect', 'unverifiable', 'failed'];
        const problem = row => Object.hasOwn(problems, row.b + '\n' + row.p) ? problems[row.b + '\n' + row.p] : null;
        const parts = row => {
          const asked = problem(row);
          return [row.p, row.a, row.r, row.x, row.y || '', asked ? asked.q : '', asked ? asked.a : ''];
        };
        const open = (fold, row) => {
          if (fold.childElementCount > 1) return;
          const asked = problem(row);
          if (asked) {
            add(fold, 'div', 'Question', 'faint');
            add(fold, 'pre', asked.q + (asked.c ? '\n' + asked.c : ''));
            const reference = add(fold, 'div', 'Reference: ');
            add(reference, 'bdi', asked.a);
          }
          const reason = add(fold, 'div', 'Reason: ');
          add(reason, 'bdi', row.r + (row.j ? ' (' + row.j + ')' : ''));
          add(fold, 'div', 'Completion, ended by ' + row.f, 'faint');
          add(fold, 'pre', row.x);
          if (row.o) {
            add(fold, 'div', row.o.toLocaleString() + ' signs are left out here; completions.jsonl has them.', 'faint');
            add(fold, 'pre', row.y);
          }
        };
        const draw = () => {
          const list = by('list'), pages = Math.max(1, Math.ceil(shown.length / size));
          page = Math.min(Math.max(0, page), pages - 1);
          list.replaceChildren();
          for (const row of shown.slice(page * size, (page + 1) * size)) {
            const fold = add(list, 'details'), line = add(fold, 'summary');
            add(line, 'span', row.v, 'v' + (known.includes(row.v) ? ' ' + row.v : ''));
            if (by('model')) add(line, 'bdi', row.m + ' · ');
            add(line, 'bdi', row.b + ' · ' + row.p + ' · sample ' + row.s + ' · ' + row.t + ' tokens');
            if (row.a) { add(line, 'span', ' · answer '); add(line, 'bdi', row.a.slice(0, 200)); }
            fold.addEventListener('toggle', () => open(fold, row));
          }
          by('count').textContent = shown.length.toLocaleString() + ' of ' + rows.length.toLocaleString()
            + ' completions, page ' + (page + 1) + ' of ' + pages;
          by('back').disabled = page === 0;
          by('on').disabled = page === pages - 1;
        };
        const filter = () => {
          const benchmark = by('benchmark').value, verdict = by('verdict').value;
          const model = by('model') ? by('model').value : '', text = by('search').value.toLowerCase();
          shown = rows.filter(row => (!benchmark || row.b === benchmark) && (!verdict || row.v === verdict)
            && (!model || row.m === model)
            && (!text || parts(row).some(part => part.toLowerCase().includes(text))));
          page = 0;
          draw();
        };
        let waiting;
        for (const id of ['benchmark', 'verdict', 'model']) if (by(id)) by(id).addEventListener('change', filter);
        by('search').addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(filter, 250); });
        by('back').addEventListener('click', () => { page--; draw(); });
        by('on').addEventListener('click', () => { page++; draw(); });
        draw();
        """.ReplaceLineEndings("\n");

    /// <summary>What the list is filtered with, and where it goes.</summary>
    public static string Controls(CompletionList list) => string.Create(CultureInfo.InvariantCulture,
        $"<h2>Completions</h2><div id=\"controls\">{Choice("benchmark", "all benchmarks", list.Benchmarks)}")
        + Choice("verdict", "all verdicts", ["correct", "incorrect", "unverifiable", "failed"])
        + (list.Models.Count > 1 ? Choice("model", "all models", list.Models) : "")
        + "<input id=\"search\" type=\"search\" placeholder=\"text, answer, reason, problem\" aria-label=\"search\">"
        + "<button id=\"back\">back</button><button id=\"on\">on</button><span id=\"count\"></span></div>"
        + (list.Shortened > 0
            ? string.Create(CultureInfo.InvariantCulture, $"<p>{list.Shortened:N0} texts of more than "
                + $"{list.Longest:N0} signs are shortened in their middle, so that a browser opens this page; "
                + $"completions.jsonl has them whole.</p>")
            : "")
        + "<noscript><p>The list needs this page's own script; the tables and pictures above do not.</p></noscript>"
        + "<div id=\"list\"></div>";

    private static string Choice(string id, string all, IReadOnlyList<string> values) =>
        $"<select id=\"{id}\" aria-label=\"{id}\"><option value=\"\">{all}</option>"
            + string.Concat(values.Select(value =>
                $"<option value=\"{Markup.Escaped(value)}\">{Markup.Escaped(value)}</option>"))
            + "</select>";
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Analysis;

namespace Phi4R.Show;

/// <summary>
/// A data frame with a field to search in and pages to turn. Where its script cannot run, its first page stays.
/// </summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class SearchTable : IFigure
{
    /// <summary>Rows that can be searched; a line under the table counts those left out.</summary>
    public const int MostRows = 2_000;

    // Signs of all cells together: they stand in the notebook's file.
    private const int MostSigns = 2_000_000;
    private const int MostCell = 2_000;

    private readonly string _title;
    private readonly DataFrame _frame;
    private readonly int _page;
    private readonly List<string[]> _rows = [];

    private SearchTable(string title, DataFrame frame, int page)
    {
        (_title, _frame, _page) = (title, frame, page);
        var signs = 0;
        for (var i = 0; i < Math.Min(MostRows, frame.Rows.Count) && signs < MostSigns; i++)
        {
            string[] row = [.. frame.Columns.Take(Table.MostColumns).Select(column => Short(Table.Written(column[i])))];
            signs += row.Sum(cell => cell.Length);
            _rows.Add(row);
        }
    }

    /// <inheritdoc/>
    public string AltText => string.Create(CultureInfo.InvariantCulture, $"{_title}: a table of {_frame.Rows.Count:N0} "
        + $"rows to be searched, with the columns {string.Join(", ", Names)}.");

    private IEnumerable<string> Names => _frame.Columns.Take(Table.MostColumns).Select(column => column.Name);

    /// <summary>A table of a data frame's first rows.</summary>
    /// <param name="page">Rows that are shown at a time.</param>
    /// <exception cref="ArgumentException">A page is to have no row.</exception>
    public static SearchTable From(string title, DataFrame frame, int page = 20) => page > 0
        ? new(title, frame, page)
        : throw new ArgumentException($"A page of {page} rows was asked for; it has one at least.");

    /// <inheritdoc/>
    public string ToHtml()
    {
        // Nothing in a cell may end the script's element: the writer escapes what HTML knows.
        var data = JsonSerializer.Serialize(new
        {
            rows = _rows,
            page = _page,
            note = Note,
        });
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_title + data)))[..16];
        return $"<div data-phi4r-table=\"{id}\">{Table.From(_title, _frame, _page).ToHtml()}</div>"
            + $"<script>{Script.Replace("ID", id, StringComparison.Ordinal)}({data});</script>";
    }

    private string Note => _frame.Rows.Count == _rows.Count ? "" : string.Create(CultureInfo.InvariantCulture,
        $"The first {_rows.Count:N0} of {_frame.Rows.Count:N0} rows can be searched here; a query finds any.");

    private static string Short(string text) => text.Length <= MostCell ? text : text[..MostCell] + "…";

    private const string Script = """
        (data => {
          for (const box of document.querySelectorAll('[data-phi4r-table="ID"]')) {
            const body = box.querySelector('tbody'), old = box.querySelector('p');
            if (!body || box.querySelector('input')) continue;
            const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
            const aligns = [...box.querySelectorAll('th')].map(cell => cell.align);
            const search = Object.assign(document.createElement('input'),
              { type: 'search', placeholder: 'search all columns' });
            search.setAttribute('aria-label', 'search the table');
            const [back, on, told] = [make('button', '‹'), make('button', '›'), make('small', '')];
            back.setAttribute('aria-label', 'page before');
            on.setAttribute('aria-label', 'next page');
            const low = data.rows.map(row => row.join('\n').toLowerCase());
            let found = data.rows, at = 0;
            const show = () => {
              body.replaceChildren(...found.slice(at, at + data.page).map(row => {
                const line = document.createElement('tr');
                line.append(...row.map((text, i) => Object.assign(make('td', text), { align: aligns[i] })));
                return line;
              }));
              back.disabled = at === 0;
              on.disabled = at + data.page >= found.length;
              told.textContent = ` ${found.length ? at + 1 : 0} to ${Math.min(at + data.page, found.length)} of `
                + `${found.length} rows. ${data.note}`;
            };
            search.oninput = () => {
              const words = search.value.toLowerCase().split(/\s+/).filter(word => word);
              found = data.rows.filter((_, i) => words.every(word => low[i].includes(word)));
              at = 0;
              show();
            };
            back.onclick = () => { at -= data.page; show(); };
            on.onclick = () => { at += data.page; show(); };
            box.prepend(search, back, on, told);
            if (old) old.remove();
            show();
          }
        })
        """;
}

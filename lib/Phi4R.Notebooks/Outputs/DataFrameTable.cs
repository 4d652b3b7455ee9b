using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using Microsoft.DotNet.Interactive.Formatting;

namespace Phi4R.Notebooks.Outputs;

/// <summary>
/// Shows the data frames of Microsoft.Data.Analysis as tables of their first rows; the package is the notebook's, so it
/// is known by name alone.
/// </summary>
internal static class DataFrameTable
{
    private const string Package = "Microsoft.Data.Analysis";
    private const int Most = 20;

    private static readonly Lock Installing = new();
    private static bool Installed;

    /// <summary>
    /// From now on, once; a formatter that is registered later for data frames takes the place of this one.
    /// </summary>
    public static void Install()
    {
        lock (Installing)
        {
            if (!Installed)
            {
                Installed = true;
                AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => Register(loaded.LoadedAssembly);
            }
        }
    }

    /// <summary>
    /// Takes the place of what the package's extension registered: that writes up to 10,000 rows, and buttons that are
    /// dead where scripts are.
    /// </summary>
    public static void Restore()
    {
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            Register(assembly);
        }
    }

    private static void Register(Assembly assembly)
    {
        if (assembly.GetName().Name == Package && assembly.GetType($"{Package}.DataFrame") is { } frame)
        {
            Formatter.Register(frame, (value, writer) => writer.Write(Html(value)), "text/html");
        }
    }

    private static string Html(object frame)
    {
        var columns = ((IEnumerable)frame.GetType().GetProperty("Columns")!.GetValue(frame)!)
            .Cast<IEnumerable>().ToList();
        var names = columns.Select(column => Cell("th", column.GetType().GetProperty("Name")!.GetValue(column)));
        var values = columns.Select(column => column.Cast<object?>().Take(Most).ToList()).ToList();
        var rows = Enumerable.Range(0, values.Count == 0 ? 0 : values[0].Count)
            .Select(row => $"<tr>{string.Concat(values.Select(column => Cell("td", column[row])))}</tr>");
        var count = columns.Count == 0 ? 0 : (long)columns[0].GetType().GetProperty("Length")!.GetValue(columns[0])!;
        return $"<table><thead><tr>{string.Concat(names)}</tr></thead><tbody>{string.Concat(rows)}</tbody></table>"
            + $"<p>{(count > Most ? $"The first {Most} of {count:N0} rows" : $"{count:N0} rows")}, {columns.Count} "
            + "columns</p>";
    }

    private static string Cell(string tag, object? value) =>
        $"<{tag}>{WebUtility.HtmlEncode(Convert.ToString(value, CultureInfo.InvariantCulture))}</{tag}>";
}

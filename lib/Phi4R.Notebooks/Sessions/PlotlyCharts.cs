using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Formatting;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// Charts of Plotly.NET without a network: the cell that names the package carries the script plotly.js, which the
/// package holds, and charts wait for it instead of asking two servers for theirs.
/// </summary>
internal sealed partial class PlotlyCharts(NotebookLoadContext context)
{
    private const string Package = "Plotly.NET";
    private const string Extension = "Plotly.NET.Interactive.dll";
    private const string Html = "text/html";

    // In a chart's own script, so that the page's loader of scripts stays what it is.
    private const string Loader = """
        (function() {
        var requirejs = function() {};
        requirejs.config = function() { return function(names, draw) { (function wait() {
            if (window.Plotly) { draw(window.Plotly); } else { setTimeout(wait, 50); }
        })(); }; };
        """;

    private Type? _chart;

    /// <summary>Shows the script in this cell where it names the charts' extension.</summary>
    /// <param name="files">The extensions of the packages that it names.</param>
    public void MakeReady(IReadOnlyList<string> files)
    {
        if (!files.Any(file => Path.GetFileName(file) == Extension)
            || context.Assemblies.FirstOrDefault(one => one.GetName().Name == Package) is not { } package
            || Script(package) is not { } script)
        {
            return;
        }

        if (_chart is null && package.GetType($"{Package}.GenericChart") is { } chart)
        {
            var online = Formatter.GetPreferredFormatterFor(chart, Html);
            Formatter.Register(chart, (value, writer) => writer.Write(Offline(Online(value))), Html);
            Formatter.Register(chart, (value, writer) => writer.Write(Words(Online(value))), "text/plain");
            _chart = chart;

            string Online(object value)
            {
                using var text = new StringWriter();
                online.Format(value, new FormatContext(text));
                return text.ToString();
            }
        }

        // A page's loader of scripts would take plotly.js for a module of its own.
        var whole = script.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase);
        KernelInvocationContext.Needed().DisplayAs("<script type=\"text/javascript\">\n(function(define, module, "
            + $"exports) {{\n{whole}\n}}).call(window);\n</script><small>Charts of this notebook are drawn by "
            + "plotly.js, which this output holds.</small>", Html);
    }

    private static string Offline(string html) => html.Contains("requirejs.config", StringComparison.Ordinal)
        ? Closing().Replace(Opening().Replace(html, $"$&\n{Loader}", 1), "})();\n$&", 1)
        : html;

    private static string Words(string html)
    {
        var kinds = Traces().Matches(html).Select(trace => trace.Groups[1].Value).Distinct();
        return $"[Plotly chart: {string.Join(", ", kinds)}]";
    }

    private static string? Script(Assembly package)
    {
        if (package.GetManifestResourceNames().FirstOrDefault(
            name => name.EndsWith(".min.js", StringComparison.Ordinal)) is not { } resource)
        {
            return null;
        }

        using var reader = new StreamReader(package.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Opening();

    [GeneratedRegex("</script>", RegexOptions.RightToLeft)]
    private static partial Regex Closing();

    [GeneratedRegex("\"type\":\"(\\w+)\"(?=[^;]*;\\s*var layout)")]
    private static partial Regex Traces();
}

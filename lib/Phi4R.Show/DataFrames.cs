using Microsoft.Data.Analysis;

namespace Phi4R.Show;

/// <summary>Data frames in notebooks.</summary>
public static class DataFrames
{
    /// <summary>
    /// Makes the kernel show a data frame that ends a cell as a table of its first rows. Done by itself when the first
    /// figure is shown.
    /// </summary>
    /// <remarks>
    /// The kernel's formatters are found by their name, so that no package of a kernel is needed; without a kernel
    /// nothing happens.
    /// </remarks>
    public static void ShowAsTables()
    {
        var formatter = AppDomain.CurrentDomain.GetAssemblies()
            .FirstOrDefault(assembly => assembly.GetName().Name == "Microsoft.DotNet.Interactive.Formatting")?.GetType(
                "Microsoft.DotNet.Interactive.Formatting.Formatter");
        var register = formatter?.GetMethod("Register",
            [typeof(Type), typeof(Action<object, TextWriter>), typeof(string)]);
        register?.Invoke(null, [typeof(DataFrame), (Action<object, TextWriter>)Write, "text/html"]);
    }

    private static void Write(object frame, TextWriter writer) =>
        writer.Write(Table.From("Data frame", (DataFrame)frame).ToHtml());
}

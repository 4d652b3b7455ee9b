namespace Phi4R.Show;

/// <summary>
/// Names the class that shows values of a type in a notebook. Kernels find it by its name, so that no package of theirs
/// is needed.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    public Type FormatterSourceType { get; } = formatterSourceType;

    public string[] PreferredMimeTypes { get; set; } = ["text/html"];
}

/// <summary>Shows figures as HTML; the shape of this class is the kernels' convention.</summary>
internal sealed class FigureFormatters
{
    /// <summary>
    /// A kernel asks when it shows its first figure; from then on it shows data frames as tables too.
    /// </summary>
    public static IEnumerable<object> CreateTypeFormatters()
    {
        DataFrames.ShowAsTables();
        return [new Html(), new Words()];
    }

    private sealed class Html
    {
        public string MimeType { get; } = "text/html";

        public bool Format(object instance, TextWriter writer)
        {
            writer.Write(((IFigure)instance).ToHtml());
            return MimeType.Length > 0;
        }
    }

    private sealed class Words
    {
        public string MimeType { get; } = "text/plain";

        public bool Format(object instance, TextWriter writer)
        {
            writer.Write(((IFigure)instance).AltText);
            return MimeType.Length > 0;
        }
    }
}

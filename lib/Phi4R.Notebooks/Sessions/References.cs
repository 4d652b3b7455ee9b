using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Html;
using Microsoft.CodeAnalysis;
using Microsoft.DotNet.Interactive.Formatting;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// What cells are compiled against. A submission is given only what is new since the last one; it inherits the rest.
/// </summary>
internal sealed class References(NotebookLoadContext context) : MetadataReferenceResolver
{
    private static readonly Lazy<ImmutableArray<PortableExecutableReference>> Initial = new(() =>
        [.. Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll")
            .Where(IsManaged)
            .Order(StringComparer.Ordinal)
            .Select(path => MetadataReference.CreateFromFile(path, documentation: DocumentationFile.OfFramework))
            .Concat(new[] { typeof(Formatter).Assembly.Location, typeof(IHtmlContent).Assembly.Location,
                typeof(References).Assembly.Location }
                .Select(path => MetadataReference.CreateFromFile(path)))]);

    private readonly Lock _lock = new();
    private readonly HashSet<string> _named = [];
    private readonly Dictionary<string, PortableExecutableReference> _known = [];
    private readonly List<PortableExecutableReference> _new = [];
    private bool _hasInitial; // they take a tenth of a second to find, which is the first cell's to spend

    public override bool ResolveMissingAssemblies => true;

    /// <summary>References not yet given to a submission that compiled.</summary>
    public ImmutableArray<PortableExecutableReference> New
    {
        get
        {
            lock (_lock)
            {
                if (!_hasInitial)
                {
                    _new.InsertRange(0, Initial.Value);
                    _hasInitial = true;
                }

                return [.. _new];
            }
        }
    }

    public void Add(string path)
    {
        lock (_lock)
        {
            if (_named.Add(path))
            {
                _new.Add(Reference(path));
            }
        }
    }

    /// <summary>The last submission compiled, so that the next one inherits these.</summary>
    public void Given()
    {
        lock (_lock)
        {
            _new.Clear();
        }
    }

    public override PortableExecutableReference? ResolveMissingAssembly(
        MetadataReference definition, AssemblyIdentity referenceIdentity) =>
        // an editor's question may come while a cell compiles
        context.Find(referenceIdentity.Name) is { } path ? Reference(path) : null;

    public override ImmutableArray<PortableExecutableReference> ResolveReference(
        string reference, string? baseFilePath, MetadataReferenceProperties properties) => [];

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private PortableExecutableReference Reference(string path)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(path, out var known))
            {
                return known;
            }

            return _known[path] = MetadataReference.CreateFromFile(path,
                documentation: DocumentationFile.Beside(context.OriginalOf(path)));
        }
    }

    /// <summary>Whether a file can be compiled against: one that cannot would fail every cell after it.</summary>
    public static bool IsAssembly(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var reader = new PEReader(stream);
            return reader.HasMetadata && reader.GetMetadataReader().IsAssembly;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }

    private static bool IsManaged(string path)
    {
        using var stream = File.OpenRead(path);
        using var reader = new PEReader(stream);
        return reader.HasMetadata;
    }
}

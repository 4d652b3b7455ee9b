using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Phi4R.Notebooks.Sessions;

/// <summary>The chain of submissions: each sees what the ones before it declared.</summary>
/// <remarks>
/// Roslyn's own scripting host loads references through the default load context first, where the kernel's copies are;
/// this one compiles with Roslyn and loads by itself. A submission that fails or is interrupted stays in the chain:
/// what it declared before that can be used.
/// </remarks>
internal sealed class Submissions(NotebookLoadContext context, References references)
{
    private static readonly string[] Usings =
    [
        "System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks",
        "System.Linq",
        "Microsoft.DotNet.Interactive.Kernel",
    ];

    private static readonly EmitOptions Emit = new(debugInformationFormat: DebugInformationFormat.PortablePdb);

    private object?[] _states = new object?[16];
    private int _count;

    public static CSharpParseOptions Syntax
    {
        get;
    } = new(LanguageVersion.CSharp14, DocumentationMode.None, SourceCodeKind.Script);

    /// <summary>The last one that compiled; null before the first.</summary>
    public CSharpCompilation? Last { get; private set; }

    /// <summary>
    /// What a next submission would be, bound but not emitted: for completion and for questions about names.
    /// </summary>
    public CSharpCompilation Draft(SyntaxTree tree) => CSharpCompilation.CreateScriptCompilation(
        $"cell-{_count}-{Guid.NewGuid():N}",
        tree,
        references.New,
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            scriptClassName: $"Submission#{_count}",
            usings: Last is null ? Usings : [],
            optimizationLevel: OptimizationLevel.Debug, // exact lines in traces; heavy work is in libraries
            allowUnsafe: true,
            warningLevel: 0,
            metadataReferenceResolver: references,
            assemblyIdentityComparer: DesktopAssemblyIdentityComparer.Default),
        Last,
        typeof(object));

    /// <summary>Compiles code as the next submission.</summary>
    /// <param name="place">Such as "cell 7"; the file name in traces.</param>
    /// <returns>Starts it.</returns>
    /// <exception cref="CompileException">It does not compile; the chain is as it was.</exception>
    public Func<Task<object?>> Compile(string code, string place)
    {
        var tree = CSharpSyntaxTree.ParseText(SourceText.From(code, Encoding.UTF8), Syntax, place);
        var compilation = Draft(tree);
        if (tree.GetCompilationUnitRoot().Members.Count == 0)
        {
            // Usings alone: the next submission inherits them, but there is nothing to emit.
            Check(compilation.GetDiagnostics());
            return () =>
            {
                Follow(compilation);
                return Task.FromResult<object?>(null);
            };
        }

        using var assembly = new MemoryStream();
        using var symbols = new MemoryStream();
        var emitted = compilation.Emit(assembly, symbols, options: Emit);
        Check(emitted.Diagnostics);
        assembly.Position = symbols.Position = 0;
        var loaded = context.LoadFromStream(assembly, symbols);
        var entry = compilation.GetEntryPoint(CancellationToken.None)
            ?? throw new InvalidOperationException($"The compiler made no entry point for {place}.");
        var factory = loaded.GetType(entry.ContainingType.MetadataName, throwOnError: true)!
            .GetMethod(entry.MetadataName, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
            .CreateDelegate<Func<object?[], Task<object?>>>();

        return () =>
        {
            // Only now, as a cell that is interrupted before it starts must leave no trace.
            Follow(compilation);
            _count++;
            if (_count + 1 >= _states.Length)
            {
                Array.Resize(ref _states, _states.Length * 2);
            }

            return factory(_states);
        };
    }

    /// <summary>What cells have declared, the newest of each name, in the order of the names.</summary>
    public IReadOnlyList<(string Name, string Type, object? Value)> Variables() =>
    [
        .. _states.Skip(1).Take(_count).OfType<object>().Reverse()
            .SelectMany(
                state =>
                    state.GetType()
                        .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                            | BindingFlags.DeclaredOnly)
                .Where(field => field.Name.All(letter => char.IsLetterOrDigit(letter) || letter == '_')
                    && !field.FieldType.Name.StartsWith("Submission#", StringComparison.Ordinal))
                .Select(field => (field.Name, Type: field.FieldType.Name, Value: field.GetValue(state))))
            .DistinctBy(variable => variable.Name)
            .OrderBy(variable => variable.Name, StringComparer.Ordinal),
    ];

    private void Follow(CSharpCompilation compilation)
    {
        references.Given();
        Last = compilation;
    }

    private static void Check(ImmutableArray<Diagnostic> diagnostics)
    {
        if (diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error))
        {
            throw new CompileException(
                [.. diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)]);
        }
    }
}

/// <summary>A cell that does not compile.</summary>
internal sealed class CompileException(ImmutableArray<Diagnostic> diagnostics)
    : Exception(diagnostics[0].GetMessage(System.Globalization.CultureInfo.InvariantCulture))
{
    public ImmutableArray<Diagnostic> Diagnostics { get; } = diagnostics;
}

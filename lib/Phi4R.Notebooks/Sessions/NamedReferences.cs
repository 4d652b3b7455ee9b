namespace Phi4R.Notebooks.Sessions;

/// <summary>What cells have referred to so far: files, packages and where packages come from.</summary>
/// <param name="folder">Where relative paths start.</param>
internal sealed class NamedReferences(NotebookLoadContext context, References references, string folder)
{
    private readonly List<(string Id, string? Version)> _packages = [];
    private readonly List<string> _sources = [];
    private readonly Dictionary<string, DateTime> _loaded = [];
    private readonly Dictionary<(string Id, string? Version), IReadOnlyList<string>> _extensions = [];

    /// <summary>Makes what the directives name usable in cells.</summary>
    /// <returns>Assemblies that extend .NET Interactive, of the packages that this cell names.</returns>
    /// <exception cref="CellException">There is no such file, or the packages cannot be restored.</exception>
    /// <exception cref="OperationCanceledException">The restore was cancelled.</exception>
    public IReadOnlyList<string> Resolve(IReadOnlyList<Directive> directives, string cell, CancellationToken cancel)
    {
        string[] sources = [.. directives.Where(directive => directive.Kind == DirectiveKind.Source)
            .Select(directive => SourcePath(directive.Argument))];
        foreach (var file in directives.Where(directive => directive.Kind == DirectiveKind.File))
        {
            AddFile(file, cell);
        }

        var packages = directives.Where(directive => directive.Kind == DirectiveKind.Package
            && !_packages.Contains((directive.Argument, directive.Version))).ToArray();
        if (packages.Length == 0)
        {
            _sources.AddRange(sources);
            return ExtensionsOf(directives);
        }

        (string Id, string? Version)[] all = [.. _packages,
            .. packages.Select(directive => (directive.Argument, directive.Version))];
        try
        {
            var found = PackageRestore.Restore(all, [.. _sources, .. sources], cancel);
            _sources.AddRange(sources); // only now: one that is wrong would fail every later restore
            context.AddPackages(found.Managed, found.Natives);
            foreach (var path in found.Managed.Where(path =>
                !NotebookLoadContext.IsKernels(Path.GetFileNameWithoutExtension(path))))
            {
                references.Add(path);
            }

            context.AddPackages(found.Extensions, []);
            foreach (var package in all[_packages.Count..])
            {
                _extensions[package] = found.Extensions;
            }

            _packages.AddRange(all[_packages.Count..]);
            return ExtensionsOf(directives);
        }
        catch (InvalidOperationException e)
        {
            throw new CellException($"{cell}:line {packages[0].Line}", e.Message + WithoutUnreachable(e.Message));
        }
    }

    private string[] ExtensionsOf(IReadOnlyList<Directive> directives) =>
    [
        .. directives.Where(directive => directive.Kind == DirectiveKind.Package)
            .SelectMany(directive => _extensions[(directive.Argument, directive.Version)]).Distinct(),
    ];

    /// <summary>Drops the source of an earlier cell that a restore failed on.</summary>
    /// <returns>What to tell the reader of it.</returns>
    private string WithoutUnreachable(string failure)
    {
        const string Unreachable = "NU1301";
        var named = _sources.Where(source => failure.Contains(source, StringComparison.Ordinal))
            .MaxBy(source => source.Length);
        if (named is null || !failure.Contains(Unreachable, StringComparison.Ordinal))
        {
            return "";
        }

        _sources.RemoveAll(source => source == named);
        return " This session no longer looks there; run the cell with its #i again once the source is right.";
    }

    private void AddFile(Directive file, string cell)
    {
        var path = Path.GetFullPath(file.Argument, folder);
        if (!File.Exists(path))
        {
            if (NotebookLoadContext.IsKernels(Path.GetFileNameWithoutExtension(file.Argument))
                || NotebookLoadContext.IsKernels(file.Argument))
            {
                return;
            }

            throw new CellException($"{cell}:line {file.Line}", $"#r \"{file.Argument}\" names no file: {path} does "
                + "not exist. Build it first, or correct the path (it starts at the notebook's folder).");
        }

        var written = File.GetLastWriteTimeUtc(path);
        if (_loaded.TryGetValue(path, out var before))
        {
            if (before != written)
            {
                Console.Error.WriteLine($"{file.Argument} was rebuilt after this session loaded it; restart the "
                    + "kernel to use the new build.");
            }

            return;
        }

        if (!NotebookLoadContext.IsKernels(Path.GetFileNameWithoutExtension(path)))
        {
            if (!References.IsAssembly(path))
            {
                throw new CellException($"{cell}:line {file.Line}", $"#r \"{file.Argument}\" names no .NET library: "
                    + $"{path} is another kind of file. A native library needs no #r; it is found beside its "
                    + ".NET one.");
            }

            references.Add(context.Add(path));
        }

        _loaded[path] = written;
    }

    private string SourcePath(string source)
    {
        var argument = source.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase)
            ? source["nuget:".Length..].Trim()
            : source;
        return argument.Contains("://", StringComparison.Ordinal) ? argument : Path.GetFullPath(argument, folder);
    }
}

/** Names of packages, in requests and in the paths of installed files. */

export interface PackageRequest {
  name: string;
  subpath?: string;
}

const PACKAGES = '/node_modules/';

/** The package that a request names, if it has the form of one: `@scope/name/sub/path`, but not `@/path`. */
export function packageRequest(request: string): PackageRequest | undefined {
  const match = /^(@[\w-][\w.~-]*\/[\w-][\w.~-]*|[A-Za-z\d][\w.~-]*)(?:\/(.+))?$/.exec(request);
  if (match?.[1] === undefined) return undefined;
  return match[2] === undefined ? { name: match[1] } : { name: match[1], subpath: match[2] };
}

/**
 * What of a package a request means that leads to the file `path`; nothing if that is not among packages.
 * @param path with forward slashes
 */
export function packageAt(request: string, path: string): PackageRequest | undefined {
  const rooted = `/${path}`;
  const inPackages = rooted.lastIndexOf(PACKAGES);
  if (inPackages === -1) return undefined;
  const found = packageRequest(rooted.slice(inPackages + PACKAGES.length));
  // An alias may call a package otherwise than it is called, but what of it is meant stands in the request.
  return found && { ...(packageRequest(request) ?? found), name: found.name };
}

/** The package that a module is part of; nothing of one of the program's own. */
export const packageOf = (id: string): string | undefined => packageAt('', id)?.name;

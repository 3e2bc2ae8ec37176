"""The site: pages whose blocks are run when it is built."""

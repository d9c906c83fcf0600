#!/bin/bash
# sbatch examples/mpi/slurm.sh, from a folder that all nodes see: with a copy of examples/mpi, or your own program in its
# place, in which `npm install lbfgs` was run.
#SBATCH --job-name=lbfgs
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=4G
#SBATCH --time=01:00:00

# The MPI whose library the ranks load; its name is different at every site. Node itself may be a module, too.
module load openmpi

# Open MPI is started by PMIx; MPICH and Intel MPI are started by --mpi=pmi2. `srun --mpi=list` shows what there is.
# With another plugin than the library's every rank would be alone: connect() then throws ERR_LBFGS_MPI.
# A rank that ends with another code than 0 ends all of them.
srun --mpi=pmix --kill-on-bad-exit=1 node examples/mpi/logistic.mjs

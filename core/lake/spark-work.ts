/** Below where builds of training sets by Spark work in the features bucket, each in a folder of its own. It goes after a month. */
export const sparkWorkPrefix = 'work/training-sets/';
